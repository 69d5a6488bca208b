import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { Project } from "../../operations/project/project";
import { LocalProject, writeProject } from "../../local/project";

/** What a project of the benchmark consists of. */
export interface BenchProjectArgs extends LocalProject {
    /** Another program than the checkout's: a file, relative to this one. */
    program?: string;
}

/** A Pulumi project with the engine, the plugins and the kind of backend that the local default uses. */
export class BenchProject {
    readonly project: Project;

    /** @param signal - ends a running pulumi. */
    constructor(
        private readonly args: BenchProjectArgs,
        private readonly signal: AbortSignal,
    ) {
        const { dir, program } = args;
        writeProject(args);
        if (program !== undefined) {
            writePulumiYaml(dir, path.join(__dirname, program));
        }
        this.project = new Project(dir);
    }

    /** Creates the stacks, with nothing in them. */
    async init(): Promise<this> {
        for (const stack of this.project.stacks()) {
            await this.project.openOrCreate(stack.name);
        }
        return this;
    }

    /** Without the preview that goes before it at a terminal, as `npm start` has it: by hand there is none either. */
    up(stack: string): Promise<void> {
        return this.pulumi(stack, "up", "--yes", "--skip-preview");
    }

    /** The CPU seconds of an {@link up}, with all that it starts. */
    async upCpuSeconds(stack: string): Promise<number> {
        const command = `TIMEFORMAT='%U %S'; time pulumi up --yes --skip-preview --stack ${stack} --non-interactive >/dev/null`;
        const { stderr } = await execa("bash", ["-c", command], {
            cwd: this.project.dir,
            env: this.project.variables(stack),
            cancelSignal: this.signal,
        });
        const [user, system] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
        return user! + system!;
    }

    /** Changes the stacks' settings. */
    change(stacks: BenchProjectArgs["stacks"]): void {
        writeProject({ ...this.args, stacks });
    }

    /** Like {@link up}; reports of each resource that changed when that was done, in milliseconds. */
    async upTimed(name: string): Promise<(resource: string) => number> {
        const finished = new Map<string, number>();
        const stack = await this.project.open(name);
        await stack.up({
            signal: this.signal,
            onEvent: ({ resOutputsEvent }) => {
                if (resOutputsEvent) {
                    finished.set(resOutputsEvent.metadata.urn.split("::").at(-1)!, Date.now());
                }
            },
        });
        return (resource) => {
            const time = finished.get(resource);
            if (time === undefined) {
                throw new Error(`${resource} is not among what changed: ${[...finished.keys()].join(", ")}`);
            }
            return time;
        };
    }

    preview(stack: string): Promise<void> {
        return this.pulumi(stack, "preview");
    }

    /** Fails if anything would be changed. */
    previewWithoutChange(stack: string): Promise<void> {
        return this.pulumi(stack, "preview", "--expect-no-changes");
    }

    /** Like {@link up}. */
    destroy(stack: string): Promise<void> {
        return this.pulumi(stack, "destroy", "--yes", "--skip-preview");
    }

    private async pulumi(stack: string, ...args: string[]): Promise<void> {
        await execa("pulumi", [...args, "--stack", stack, "--non-interactive"], {
            cwd: this.project.dir,
            env: this.project.variables(stack),
            cancelSignal: this.signal,
            all: true,
        });
    }
}

function writePulumiYaml(dir: string, program: string): void {
    // Of TypeScript as in the checkout's Pulumi.yaml; of JavaScript as `pulumi new javascript` has it.
    const options = program.endsWith(".ts")
        ? { typescript: false, nodeargs: "--require sucrase/register/ts" }
        : {};
    const project = {
        name: "istio-plugin-ca",
        runtime: { name: "nodejs", options },
        main: path.relative(dir, program),
        stackConfigDir: "stacks",
    };
    fs.writeFileSync(path.join(dir, "Pulumi.yaml"), stringify(project));
}

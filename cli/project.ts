import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";

/** The checkout. */
const checkout = path.resolve(__dirname, "..");

/** Where `npm start` keeps its project, with stacks and a backend of its own. */
const localProject = path.join(checkout, ".local", "project");

/** The file in a project's folder that holds the environment of its pulumi commands. */
export const environmentFile = "environment.json";

/** What a project adds to the environment of its pulumi commands. */
export interface ProjectEnvironment {
    /** For every stack. */
    variables: Record<string, string>;
    /** Folders in front of PATH. */
    path: string[];
    /** Folder with one file a stack that holds its passphrase. */
    passphrases: string;
}

/** The settings of a stack that decide when it is its turn. */
export interface StackEntry {
    name: string;
    role: string;
    generation: number;
}

/** A folder with Pulumi.yaml and the stacks' settings, and the environment that its pulumi commands need. */
export class Project {
    private readonly environment?: ProjectEnvironment;
    /** Else each stack that is opened asks pulumi for its version. */
    private pulumiCommand?: Promise<PulumiCommand>;

    constructor(readonly dir: string) {
        const file = path.join(dir, environmentFile);
        if (fs.existsSync(file)) {
            this.environment = JSON.parse(fs.readFileSync(file, "utf8")) as ProjectEnvironment;
        }
    }

    /** The embedded default's project from `npm start` until `npm stop`, else the checkout with the user's own stacks. */
    static current(): Project {
        const embedded = fs.existsSync(path.join(localProject, "Pulumi.yaml"));
        return new Project(embedded ? localProject : checkout);
    }

    /** The stacks that have a file of settings, in the order of their names. */
    stacks(): StackEntry[] {
        const project = parse(fs.readFileSync(path.join(this.dir, "Pulumi.yaml"), "utf8")) as {
            name: string;
            stackConfigDir: string;
        };
        const settings = path.join(this.dir, project.stackConfigDir);
        return fs
            .readdirSync(settings)
            .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
            .sort()
            .map((name) => {
                const text = fs.readFileSync(path.join(settings, `Pulumi.${name}.yaml`), "utf8");
                const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
                return {
                    name,
                    role: String(config[`${project.name}:role`]),
                    generation: Number(config[`${project.name}:generation`] ?? 1),
                };
            });
    }

    /** The stacks that hold resources though their file of settings is gone. */
    async forgotten(): Promise<string[]> {
        const workspace = await LocalWorkspace.create({ workDir: this.dir, envVars: this.variables() });
        const known = this.stacks().map(({ name }) => name);
        return (await workspace.listStacks())
            .filter(({ resourceCount = 0 }) => resourceCount > 0)
            .map(({ name }) => name.slice(name.lastIndexOf("/") + 1))
            .filter((name) => !known.includes(name));
    }

    /** The environment of a pulumi command on a stack, or on none. */
    variables(stack?: string): Record<string, string> {
        if (!this.environment) {
            return {};
        }
        const { variables, path: folders, passphrases } = this.environment;
        return {
            ...variables,
            PATH: [...folders, process.env["PATH"]].join(path.delimiter),
            ...(stack && { PULUMI_CONFIG_PASSPHRASE_FILE: path.join(passphrases, stack) }),
        };
    }

    /** A stack that exists. */
    async open(stackName: string): Promise<Stack> {
        const args = { stackName, workDir: this.dir };
        return LocalWorkspace.selectStack(args, await this.workspaceOptions(stackName));
    }

    /** A stack, made if there is none. */
    async openOrCreate(stackName: string): Promise<Stack> {
        const args = { stackName, workDir: this.dir };
        return LocalWorkspace.createOrSelectStack(args, await this.workspaceOptions(stackName));
    }

    private async workspaceOptions(stack: string) {
        this.pulumiCommand ??= PulumiCommand.get();
        return { envVars: this.variables(stack), pulumiCommand: await this.pulumiCommand };
    }
}

/** The stacks of these names; without any, root and the clusters: a standalone stack is a world of its own. */
export function chosen(project: Project, names: string[]): StackEntry[] {
    const stacks = project.stacks();
    const unknown = names.filter((name) => !stacks.some((stack) => stack.name === name));
    if (unknown.length > 0) {
        const known = stacks.map(({ name }) => name).join(", ");
        throw new Error(
            `There is no stack ${unknown.join(", ")}. Stacks with settings in ${project.dir}: ${known}.`,
        );
    }
    return stacks.filter(({ name, role }) =>
        names.length > 0 ? names.includes(name) : role !== "standalone",
    );
}

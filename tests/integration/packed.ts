import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { Project } from "../../operations/project/project";
import { localDir, projectDir } from "../../local/paths";
import { Outcome, pulumiWith, toolchain } from "./fixture";

const folder = path.join(localDir, "tests", "package");

/** A copy of `examples/`, with the packed file installed as their README says. */
export const examplesDir = path.join(folder, "examples");

/** A folder with nothing but the packed file and what npm installs along with it. */
export const emptyDir = path.join(folder, "empty");

/** The packed file's facts, as `npm pack --json` gives them. */
export interface Packed {
    filename: string;
    /** Bytes. */
    size: number;
    /** Of its content, as npm's lock files have it. */
    integrity: string;
    files: { path: string }[];
}

let packed: Promise<Packed> | undefined;

/** Packs the package as it is, and installs it next to the examples; once in a run. */
export function packedPackage(): Promise<Packed> {
    return (packed ??= packAndInstall());
}

async function packAndInstall(): Promise<Packed> {
    await toolchain();
    fs.rmSync(folder, { recursive: true, force: true });
    fs.cpSync(path.join(projectDir, "examples"), examplesDir, {
        recursive: true,
        filter: (source) => !source.split(path.sep).includes("node_modules"),
    });
    // Built apart and not by prepack, whose output precedes the JSON.
    await execa("npm", ["run", "build"], { cwd: projectDir });
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await execa("npm", pack, { cwd: projectDir });
    const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    await execa("npm", install, { cwd: examplesDir });
    const [facts] = JSON.parse(stdout) as [Packed];
    fs.mkdirSync(emptyDir);
    fs.writeFileSync(path.join(emptyDir, "package.json"), "{}");
    await execa("npm", [...install, packedFile(facts)], { cwd: emptyDir });
    return facts;
}

/** Where it is. */
export function packedFile({ filename }: Packed): string {
    return path.join(folder, filename);
}

/** Runs the package's command as `npx` does, in a folder that has nothing but the package. */
export async function packedCommand(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    const bin = path.join(emptyDir, "node_modules", ".bin", "istio-plugin-ca");
    const { exitCode, all } = await execa(bin, args, { cwd: emptyDir, env, all: true, reject: false });
    return { exitCode: exitCode ?? -1, output: all };
}

/** A stack of a project outside of this repository, with a backend and a passphrase of its own. */
export class ForeignStack {
    private readonly project: Project;

    private constructor(
        readonly dir: string,
        readonly env: Record<string, string>,
    ) {
        this.project = new Project(dir);
    }

    /** @param settings without the project's namespace, which is the folder's name. */
    static async create(dir: string, settings: Record<string, unknown>): Promise<ForeignStack> {
        const { pulumi } = await toolchain();
        const state = path.join(dir, "state");
        fs.mkdirSync(state, { recursive: true });
        const config = Object.entries(settings).map(([key, value]) => [
            `${path.basename(dir)}:${key}`,
            value,
        ]);
        fs.writeFileSync(
            path.join(dir, "Pulumi.test.yaml"),
            stringify({ config: Object.fromEntries(config) as object }),
        );
        const stack = new ForeignStack(dir, {
            PULUMI_HOME: pulumi.home,
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_CONFIG_PASSPHRASE: "of a test's stack",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // package.test.ts checks the types.
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        });
        await stack.succeed("stack", "init");
        return stack;
    }

    /** Runs pulumi on it. */
    pulumi(...args: string[]): Promise<Outcome> {
        return pulumiWith(this.env, this.project, "test", ...args);
    }

    /** Runs pulumi on it, and gives what it printed. */
    async succeed(...args: string[]): Promise<string> {
        const { exitCode, output } = await this.pulumi(...args);
        if (exitCode !== 0) {
            throw new Error(`pulumi ${args.join(" ")} failed in ${this.dir}:\n${output}`);
        }
        return output;
    }

    /** Sets a secret of its settings. */
    async setSecret(key: string, value: string): Promise<void> {
        const command = ["config", "set", "--secret", key, "--stack", "test"];
        await execa("pulumi", command, { cwd: this.dir, env: this.env, input: value });
    }

    /** Its outputs. */
    async outputs<T>(): Promise<T> {
        return JSON.parse(await this.succeed("stack", "output", "--json")) as T;
    }
}

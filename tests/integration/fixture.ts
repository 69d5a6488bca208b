import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../operations/project/project";
import { StackSettings } from "../../operations/project/stackSettings";
import * as clusters from "../../local/clusters";
import { ensureImages } from "../../local/images/images";
import { binDir, kubeconfigPath, localDir } from "../../local/paths";
import { installPlugins } from "../../local/plugins/install";
import { LocalProject, writeProject } from "../../local/project";
import { ensureToolchain, Toolchain } from "../../local/toolchain/toolchain";
import { clustersInUse, noteOutcome } from "./inUse";

/** The toolchain, with the stand-in plugins if it has no official ones; built when missing. */
export async function toolchain(): Promise<Toolchain> {
    const built = await ensureToolchain();
    if (!built.pulumi.official) {
        await installPlugins();
    }
    process.env["PATH"] = [binDir, process.env["PATH"]].join(path.delimiter);
    return built;
}

/** Local clusters of these names, Ready and empty. */
export async function freshClusters(names: string[]): Promise<void> {
    const start = await clusterStart(names);
    await clusters.down(names);
    await start();
}

/** Returns what starts the parts of local clusters that do not run; all it needs is looked up beforehand. */
export async function clusterStart(names: string[]): Promise<() => Promise<void>> {
    const programs = await toolchain();
    const images = await ensureImages(programs);
    names.forEach((name) => clustersInUse.add(name));
    return () => clusters.up(names, { programs, images });
}

/** A new Pulumi project with these stacks, settings without the project's namespace, and a backend of its own. */
export async function freshProject(name: string, stacks: LocalProject["stacks"]): Promise<Project> {
    const { pulumi } = await toolchain();
    const dir = path.join(localDir, "tests", name);
    fs.rmSync(dir, { recursive: true, force: true });
    writeProject({ dir, stacks, pulumiHome: pulumi.home });
    return new Project(dir);
}

/** Changes settings of a project's stacks; the salts and passphrases stay. */
export async function changeSettings(project: Project, stacks: LocalProject["stacks"]): Promise<void> {
    const { pulumi } = await toolchain();
    writeProject({ dir: project.dir, stacks, pulumiHome: pulumi.home });
}

/** Changes some settings of a project's stacks, and leaves the others; undefined takes one out. */
export function mergeSettings(project: Project, stacks: LocalProject["stacks"]): void {
    for (const [stack, values] of Object.entries(stacks)) {
        const settings = new StackSettings(path.join(project.dir, "stacks", `Pulumi.${stack}.yaml`));
        settings.replace(settings.with(values));
    }
}

/** How a command ended, and all that it printed. */
export interface Outcome {
    exitCode: number;
    output: string;
}

/** Runs pulumi on a stack as a user would, without asking anything. */
export function pulumi(project: Project, stack: string, ...args: string[]): Promise<Outcome> {
    return pulumiWith(project.variables(stack), project, stack, ...args);
}

/** The same in an environment of its own. */
export async function pulumiWith(
    env: Record<string, string>,
    project: Project,
    stack: string,
    ...args: string[]
): Promise<Outcome> {
    const command = [...args, "--stack", stack, "--non-interactive", "--color=never"];
    const { exitCode, all } = await execa("pulumi", command, {
        cwd: project.dir,
        env,
        all: true,
        reject: false,
    });
    noteOutcome(["pulumi", ...command].join(" "), all);
    return { exitCode: exitCode ?? -1, output: all };
}

/** The outputs of a stack. */
export async function outputs<T>(project: Project, stack: string): Promise<T> {
    const { exitCode, output } = await pulumi(project, stack, "stack", "output", "--json");
    if (exitCode !== 0) {
        throw new Error(output);
    }
    return JSON.parse(output) as T;
}

/** Runs kubectl on a local cluster. */
export async function kubectl(context: string, ...args: string[]): Promise<string> {
    const { stdout } = await execa("kubectl", [
        "--kubeconfig",
        kubeconfigPath,
        "--context",
        context,
        ...args,
    ]);
    return stdout;
}

/** Runs a shell script with a cluster's kubeconfig as the only one, in a folder. */
export async function shell(context: string, cwd: string, script: string): Promise<Outcome> {
    const env = { KUBECONFIG: await singleContext(context, cwd) };
    const { exitCode, all } = await execa("bash", ["-c", script], { cwd, env, all: true, reject: false });
    return { exitCode: exitCode ?? -1, output: all };
}

async function singleContext(context: string, dir: string): Promise<string> {
    const file = path.join(dir, "kubeconfig");
    fs.writeFileSync(file, await kubectl(context, "config", "view", "--minify", "--raw", "--flatten"), {
        mode: 0o600,
    });
    return file;
}

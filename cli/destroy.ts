import pMap from "p-map";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import { currentProject, described, ProjectOption, stackCommand } from "./currentProject";
import { chosen, Project, StackEntry } from "./project";
import { askForName } from "./question";
import { outputsOf, refuseStanding } from "./standing";
import { main, runTasks } from "./tasks";
import { destroy } from "./walk";

interface Options {
    /** Has a name typed. Default: nobody is asked. */
    ask?: (question: string, name: string) => Promise<boolean>;
}

/**
 * Takes stacks down, the clusters first: those that have settings, and those whose settings are gone.
 *
 * @returns whether it was agreed to
 * @throws Error where a root would go from under a cluster, or a stack cannot be opened: before anything is changed.
 */
export async function takeDown(project: Project, names: string[], { ask }: Options = {}): Promise<boolean> {
    const forgotten = await project.forgotten();
    const entries = [
        ...chosen(project, names, forgotten),
        ...(await pMap(
            forgotten.filter((name) => names.includes(name)),
            (name) => withoutSettings(project, name),
        )),
    ];
    await project.requireTools(entries);
    const all = entries.map(({ name }) => name);
    await project.unlock(all);
    for (const { name } of entries.filter(({ role }) => role === "root")) {
        await refuseStanding(project, name, all);
    }
    if (ask) {
        const name = all.length === 1 ? all[0]! : project.manifest.name;
        const question = `${await survey(project, entries)}\nType ${name} to take ${all.length === 1 ? "it" : "them"} down:`;
        if (!(await ask(question, name))) {
            return false;
        }
    }
    await runTasks(destroy(project, entries));
    return true;
}

/** What a stack is whose settings are gone, by its outputs. */
async function withoutSettings(project: Project, name: string): Promise<StackEntry> {
    const { roots, csr } = (await outputsOf(project, name)) as Partial<RootOutputs & ClusterOutputs>;
    const role = roots ? "root" : csr ? "cluster" : "standalone";
    return { name, role, generation: 1, tools: [] };
}

/** What is about to go. */
async function survey(project: Project, entries: StackEntry[]): Promise<string> {
    const existing = new Map((await project.existing()).map((stack) => [stack.name, stack.resourceCount]));
    const lines = await pMap(entries, async ({ name, role }) => {
        const count = existing.get(name) ?? 0;
        return `  ${name}: ${count} ${count === 1 ? "resource" : "resources"}, ${await content(project, name, role)}`;
    });
    return [`This takes down, of ${await described(project)}:`, ...lines].join("\n");
}

async function content(project: Project, name: string, role: string): Promise<string> {
    const { files, ca, istioMode } = (await outputsOf(project, name)) as Partial<ClusterOutputs>;
    if (role === "root") {
        return "a root CA: its key is gone for good";
    }
    const mesh = istioMode ? "a mesh" : "no mesh";
    const cas = role === "standalone" ? "a root CA, whose key is gone for good" : "a CA";
    return `${files || ca ? cas : "no CA"} and ${mesh}`;
}

/** The command, run where this file is the main module. */
export const program = stackCommand("destroy")
    .description("Take the stacks down: the clusters, then root. Has a name typed before.")
    .argument("<stacks...>", "the stacks")
    .option("--yes", "take them down without asking")
    .action((names: string[], { yes, ...which }: ProjectOption & { yes?: boolean }) =>
        main(async () => {
            const project = await currentProject(which, { changes: true });
            if (await takeDown(project, names, { ask: yes ? undefined : askForName })) {
                return 0;
            }
            console.error("Nothing was taken down. In a pipeline: --yes.");
            return 1;
        }),
    );

if (require.main === module) {
    void program.parseAsync();
}

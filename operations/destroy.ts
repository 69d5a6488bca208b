import { refuseClustersBelow } from "./clustersBelow";
import { eachStack, Run } from "./eachStack";
import { Progress, silent } from "./progress";
import { byRole, chosen, Project, StackEntry } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

interface Options {
    /** Shows what each stack holds, and asks for a name to be typed. Default: nothing is asked. */
    ask?: (stacks: string[], name: string) => Promise<boolean>;
    progress?: Progress;
}

/**
 * Takes stacks down, the clusters first. They may have settings or, if those are gone, resources alone.
 *
 * @returns whether the user agreed
 * @throws Error if a cluster still has a CA below a root, or a stack cannot be opened: before anything is changed.
 */
export async function takeDown(
    project: Project,
    names: string[],
    { ask, progress }: Options = {},
): Promise<boolean> {
    const forgotten = await project.forgotten();
    const entries = [
        ...chosen(project, names, forgotten),
        ...(await project.each(
            forgotten.filter((name) => names.includes(name)),
            (name) => withoutSettings(project, name),
        )),
    ];
    await project.requireTools(entries);
    const all = entries.map(({ name }) => name);
    await project.unlock(all);
    for (const { name } of byRole(entries).roots) {
        await refuseClustersBelow(project, name, all);
    }
    if (ask) {
        const name = all.length === 1 ? all[0]! : project.manifest.name;
        if (!(await ask(await survey(project, entries), name))) {
            return false;
        }
    }
    await destroy(project, entries, { progress });
    return true;
}

/**
 * Takes stacks down: clusters in parallel, then root, whose protection is removed only when its turn comes.
 *
 * @param options - `remove` deletes the stacks themselves too
 */
export function destroy(
    project: Project,
    stacks: StackEntry[],
    { remove = false, progress = silent }: { remove?: boolean; progress?: Progress } = {},
): Promise<void> {
    const { roots, clusters } = byRole(stacks);
    const run: Run = async (stack, { role }, onOutput) => {
        if (role === "root") {
            await refuseClustersBelow(project, stack.name);
        }
        if (role === "root" || role === "standalone") {
            await project.pulumi(stack.name, "state", "unprotect", "--all", "--yes");
        }
        await stack.destroy({ onOutput, remove });
    };
    return progress.inTurn([
        ...eachStack("Unplug", project, clusters, { run }),
        ...eachStack("Remove the root", project, roots, { run }),
    ]);
}

/** A stack whose settings are gone, as far as its outputs show. */
async function withoutSettings(project: Project, name: string): Promise<StackEntry> {
    const { roots, csr } = await stackOutputs(project, name);
    const role = roots ? "root" : csr ? "cluster" : "standalone";
    return { name, role, generation: 1, tools: [] };
}

/** What is about to be destroyed, a line for each stack. */
async function survey(project: Project, entries: StackEntry[]): Promise<string[]> {
    const existing = new Map((await project.existing()).map((stack) => [stack.name, stack.resourceCount]));
    return project.each(entries, async ({ name, role }) => {
        const count = existing.get(name) ?? 0;
        return `${name}: ${count} ${count === 1 ? "resource" : "resources"}, ${await content(project, name, role)}`;
    });
}

async function content(project: Project, name: string, role: string): Promise<string> {
    if (role === "root") {
        return "a root CA, whose key will be lost for good";
    }
    const { files, ca, istioMode } = await stackOutputs(project, name);
    const mesh = istioMode ? "a mesh" : "no mesh";
    const cas = role === "standalone" ? "a root CA, whose key will be lost for good," : "a CA";
    return `${files || ca ? cas : "no CA"} and ${mesh}`;
}

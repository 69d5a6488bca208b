import { ConcurrentUpdateError, EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { ListrTask } from "listr2";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import type { VerificationInput } from "../verify/input";
import { Project, StackEntry } from "./project";
import { outputsOf, refuseStanding } from "./standing";
import { DetailedError, message } from "./tasks";

/**
 * Brings stacks up in the order in which they need each other: clusters that have a key to ask a certificate for,
 * then root, then all clusters. Clusters and standalone stacks run side by side.
 */
export function up(project: Project, stacks: StackEntry[]): ListrTask[] {
    const { clusters } = byRole(stacks);
    const asking = clusters.filter(({ role }) => role === "cluster");
    return [
        {
            title: "Prepare the stacks",
            task: () => prepare(project, stacks),
        },
        ask(project, asking),
        ...signAndPlugIn(project, stacks),
        {
            title: "Sign what had to wait for other clusters",
            enabled: byRole(stacks).roots.length > 0,
            task: async (_, task) => {
                const waiting = await Promise.all(
                    byRole(stacks).roots.map((root) => withheld(project, root)),
                );
                return waiting.flat().length > 0
                    ? task.newListr(signAndPlugIn(project, stacks))
                    : task.skip("nothing");
            },
        },
    ];
}

/** Lets clusters ask, and root sign; what is plugged in stays. */
export function askAndSign(project: Project, stacks: StackEntry[]): ListrTask[] {
    const { roots, clusters } = byRole(stacks);
    const asking = clusters.filter(({ role }) => role === "cluster");
    return [ask(project, asking), ...signAndPlugIn(project, roots)];
}

/**
 * Lets root sign, then the clusters plug in what it signed: all that is left where every cluster has asked.
 *
 * @param onFollowed - is told of each stack whose `up` saw every proxy of its mesh follow
 */
export function signAndPlugIn(
    project: Project,
    stacks: StackEntry[],
    onFollowed: (stack: string) => void = () => undefined,
): ListrTask[] {
    const { roots, clusters } = byRole(stacks);
    return [
        step("Sign", project, roots, (stack, _, onOutput) => stack.up({ onOutput })),
        step("Plug in", project, clusters, (stack, { name }, onOutput) =>
            stack.up({ onOutput, onEvent: (event) => sawProxies(event) && onFollowed(name) }),
        ),
    ];
}

function ask(project: Project, clusters: StackEntry[]): ListrTask {
    return step("Ask for certificates", project, clusters, async (stack, entry, onOutput) => {
        if ((await asked(project, entry)) !== entry.generation) {
            await stack.up({ onOutput });
        }
    });
}

/** Opens stacks before anything is changed, and makes those that are missing where that is safe. */
export function prepare(project: Project, stacks: StackEntry[]): Promise<void> {
    return project.unlock(
        stacks.map(({ name }) => name),
        (name) => project.openOrCreate(name),
    );
}

/**
 * Takes stacks down: clusters side by side, then root, whose protection goes when it is its turn and not before. With `remove`
 * the stacks themselves go too.
 */
export function destroy(project: Project, stacks: StackEntry[], { remove = false } = {}): ListrTask[] {
    const { roots, clusters } = byRole(stacks);
    const run: Run = async (stack, { role }, onOutput) => {
        if (role === "root") {
            await refuseStanding(project, stack.name);
        }
        if (role === "root" || role === "standalone") {
            await project.pulumi(stack.name, "state", "unprotect", "--all", "--yes");
        }
        await stack.destroy({ onOutput, remove });
    };
    return [step("Unplug", project, clusters, run), step("Remove the root", project, roots, run)];
}

type Run = (stack: Stack, entry: StackEntry, onOutput: (text: string) => void) => Promise<unknown>;

/** What pulumi prints of a resource when it is done with it, and the verification's progress. */
const finished = / (created|updated|deleted|replaced) | proxies follow$/;

/** Whether a {@link MeshVerification} was made in this `up`, and not one that leaves the proxies out. */
function sawProxies({ resOutputsEvent }: EngineEvent): boolean {
    const { urn = "", op, new: made } = resOutputsEvent?.metadata ?? {};
    if (!made || !urn.includes(":MeshVerification$") || (op !== "create" && op !== "update")) {
        return false;
    }
    return (JSON.parse(String(made.inputs["stdin"])) as VerificationInput).proxies ?? true;
}

/** One task a stack, side by side, each showing the resource that was finished last. */
function step(title: string, project: Project, entries: StackEntry[], run: Run): ListrTask {
    const failures: string[] = [];
    const tasks = entries.map((entry): ListrTask => ({
        title: entry.name,
        task: async (_, task) => {
            const printed: string[] = [];
            const onOutput = (text: string) => {
                printed.push(text);
                const line = text.split("\n").findLast((printedLine) => finished.test(printedLine));
                if (line !== undefined) {
                    task.output = line.trim();
                }
            };
            try {
                await run(await project.open(entry.name), entry, onOutput);
            } catch (error) {
                const remedy = error instanceof ConcurrentUpdateError ? [unlock(entry.name)] : [];
                const found = diagnostics(printed.join("")) || message(error);
                failures.push([`Stack ${entry.name}: ${found}`, ...remedy].join("\n"));
                throw new Error("failed, see below", { cause: error });
            }
        },
    }));
    // All are waited for: a stack that is interrupted because another failed would stay locked.
    const options = { concurrent: true, exitOnError: false };
    return {
        title,
        enabled: entries.length > 0,
        task: async (_, task) => {
            await task.newListr(tasks, options).run();
            if (failures.length > 0) {
                throw new DetailedError(
                    `${failures.length} of ${entries.length} failed`,
                    failures.join("\n\n"),
                );
            }
        },
    };
}

/** What went wrong, without the progress before it and the outputs after it; all where pulumi does not say. */
function diagnostics(printed: string): string {
    const [, found] = printed.split(/^Diagnostics:$/m);
    return (found?.split(/^(?:Outputs|Resources|Duration):/m)[0] ?? printed).trim();
}

function unlock(stack: string): string {
    return `If no pulumi is at work on it any more, one was killed: \`pulumi cancel --stack ${stack}\`, then run this again.`;
}

function byRole(stacks: StackEntry[]) {
    return {
        roots: stacks.filter(({ role }) => role === "root"),
        clusters: stacks.filter(({ role }) => role !== "root"),
    };
}

/** The generation that a cluster's stack has asked a certificate for. */
async function asked(project: Project, { name }: StackEntry): Promise<number | undefined> {
    const { csr } = (await outputsOf(project, name)) as Partial<ClusterOutputs>;
    return csr?.generation;
}

/** The clusters whose new key root has not signed yet. */
async function withheld(project: Project, { name }: StackEntry): Promise<string[]> {
    const { withheld = [] } = (await outputsOf(project, name)) as Partial<RootOutputs>;
    return withheld;
}

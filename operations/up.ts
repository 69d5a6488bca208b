import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { VerificationInput } from "../verify/input";
import { eachStack } from "./eachStack";
import { Progress, silent, Task } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/**
 * Brings stacks up in the order in which they need each other: clusters that have a key to ask a certificate for,
 * then root, then all clusters. Clusters and standalone stacks run in parallel.
 *
 * @throws DetailedError with what failed, of every stack
 */
export function up(project: Project, stacks: StackEntry[], progress: Progress = silent): Promise<void> {
    const { roots } = byRole(stacks);
    const waiting: Task = {
        title: "Sign what had to wait for other clusters",
        run: async (below) => {
            const withheld = await Promise.all(roots.map(({ name }) => stackOutputs(project, name)));
            if (withheld.some((outputs) => (outputs.withheld ?? []).length > 0)) {
                await below.inTurn(signAndPlugIn(project, stacks));
            }
        },
    };
    return progress.inTurn([
        { title: "Prepare the stacks", run: () => prepare(project, stacks) },
        ...ask(project, stacks),
        ...signAndPlugIn(project, stacks),
        ...(roots.length > 0 ? [waiting] : []),
    ]);
}

/** Lets clusters ask, and root sign; what is plugged in stays. */
export function askAndSign(project: Project, stacks: StackEntry[]): Task[] {
    return [...ask(project, stacks), ...signAndPlugIn(project, byRole(stacks).roots)];
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
): Task[] {
    const { roots, clusters } = byRole(stacks);
    return [
        ...eachStack("Sign", project, roots, (stack, _, onOutput) => stack.up({ onOutput })),
        ...eachStack("Plug in", project, clusters, (stack, { name }, onOutput) =>
            stack.up({ onOutput, onEvent: (event) => sawProxies(event) && onFollowed(name) }),
        ),
    ];
}

/** Opens stacks before anything is changed, and makes those that are missing where that is safe. */
export function prepare(project: Project, stacks: StackEntry[]): Promise<void> {
    return project.unlock(
        stacks.map(({ name }) => name),
        (name) => project.openOrCreate(name),
    );
}

function ask(project: Project, stacks: StackEntry[]): Task[] {
    const asking = stacks.filter(({ role }) => role === "cluster");
    return eachStack("Ask for certificates", project, asking, async (stack, entry, onOutput) => {
        const { csr } = await stackOutputs(project, entry.name);
        if (csr?.generation !== entry.generation) {
            await stack.up({ onOutput });
        }
    });
}

/** Whether a {@link MeshVerification} was made in this `up`, and not one that leaves the proxies out. */
function sawProxies({ resOutputsEvent }: EngineEvent): boolean {
    const { urn = "", op, new: made } = resOutputsEvent?.metadata ?? {};
    if (!made || !urn.includes(":MeshVerification$") || (op !== "create" && op !== "update")) {
        return false;
    }
    return (JSON.parse(String(made.inputs["stdin"])) as VerificationInput).proxies ?? true;
}

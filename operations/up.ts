import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { VerificationInput } from "../verify/input";
import { eachStack } from "./eachStack";
import { Progress, silent, Task } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/**
 * Brings stacks up in the order in which they need each other: first the clusters that must request a certificate, then root,
 * then all clusters, then what links them. Clusters and standalone stacks run in parallel.
 *
 * @throws DetailedError with the error of each stack that failed
 */
export function up(project: Project, stacks: StackEntry[], progress: Progress = silent): Promise<void> {
    const { roots, meshes } = byRole(stacks);
    const waiting: Task = {
        title: "Sign what had to wait for other clusters",
        run: async (below) => {
            const withheld = await project.each(roots, ({ name }) => stackOutputs(project, name));
            if (withheld.some((outputs) => (outputs.withheld ?? []).length > 0)) {
                await below.inTurn(signAndPlugIn(project, stacks));
            }
        },
    };
    return progress.inTurn([
        { title: "Open the stacks", run: () => prepare(project, stacks) },
        ...ask(project, stacks),
        ...signAndPlugIn(project, stacks),
        ...(roots.length > 0 ? [waiting] : []),
        ...eachStack("Link clusters", project, meshes, (stack, _, onOutput) => stack.up({ onOutput })),
    ]);
}

/** Lets clusters request certificates and root sign them. Leaves what is plugged in as it is. */
export function askAndSign(project: Project, stacks: StackEntry[]): Task[] {
    return [...ask(project, stacks), ...signAndPlugIn(project, byRole(stacks).roots)];
}

/**
 * Lets root sign, then the clusters plug in what it has signed: the rest of an `up` once every cluster has requested its certificate.
 *
 * @param onVerified - called for each stack whose `up` verified that every proxy of its mesh has picked up the CA
 */
export function signAndPlugIn(
    project: Project,
    stacks: StackEntry[],
    onVerified: (stack: string) => void = () => undefined,
): Task[] {
    const { roots, clusters } = byRole(stacks);
    return [
        ...eachStack("Sign", project, roots, (stack, _, onOutput) => stack.up({ onOutput })),
        ...eachStack("Plug in", project, clusters, (stack, { name }, onOutput) =>
            stack.up({ onOutput, onEvent: (event) => sawProxies(event) && onVerified(name) }),
        ),
    ];
}

/** Opens stacks before anything is changed, and creates missing ones if that is safe. */
export function prepare(project: Project, stacks: StackEntry[]): Promise<void> {
    return project.unlock(
        stacks.map(({ name }) => name),
        (name) => project.openOrCreate(name),
    );
}

function ask(project: Project, stacks: StackEntry[]): Task[] {
    const asking = stacks.filter(({ role }) => role === "cluster");
    return eachStack("Request certificates", project, asking, async (stack, entry, onOutput) => {
        const { csr } = await stackOutputs(project, entry.name);
        if (csr?.generation !== entry.generation) {
            await stack.up({ onOutput });
        }
    });
}

/** Whether this `up` ran a {@link MeshVerification}, and one that includes the proxies. */
function sawProxies({ resOutputsEvent }: EngineEvent): boolean {
    const { urn = "", op, new: made } = resOutputsEvent?.metadata ?? {};
    if (!made || !urn.includes(":MeshVerification$") || (op !== "create" && op !== "update")) {
        return false;
    }
    return (JSON.parse(String(made.inputs["stdin"])) as VerificationInput).proxies ?? true;
}

import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { VerificationInput } from "../verify/input";
import { eachStack } from "./eachStack";
import { DetailedError } from "./errors";
import { Progress, silent, Task } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { Walk, WalkOptions } from "./walk";

/** How to bring stacks up. */
export interface UpOptions extends WalkOptions {
    progress?: Progress;
}

/**
 * Brings stacks up in the order in which they need each other: first the clusters that must request a certificate, then root,
 * then all clusters. A stack that has nothing to do is left out. One that cannot make its request does not stop the others.
 *
 * @throws DetailedError with the error of each stack that failed
 */
export async function up(
    project: Project,
    stacks: StackEntry[],
    { progress = silent, ...options }: UpOptions = {},
): Promise<void> {
    const { roots } = byRole(stacks);
    const walk = new Walk(project, options);
    walk.outcomes.expect(stacks.map(({ name }) => name));
    const failures: DetailedError[] = [];
    const waiting: Task = {
        title: "Sign what had to wait for other clusters",
        run: async (below) => {
            const states = await project.each(roots, ({ name }) => walk.changes.state(name));
            if (states.some(({ outputs }) => (outputs.withheld ?? []).length > 0)) {
                await below.inTurn(signAndPlugIn(walk, stacks));
            }
        },
    };
    await progress.inTurn([
        { title: "Look at the stacks", run: () => open(walk, stacks) },
        ...request(walk, stacks).map((task) => tolerated(task, failures)),
        ...signAndPlugIn(walk, stacks),
        ...(roots.length > 0 ? [waiting] : []),
    ]);
    if (failures.length > 0) {
        const details = failures.map((failure) => failure.details).join("\n\n");
        throw new DetailedError(failures.map((failure) => failure.message).join(", "), details);
    }
}

/** Lets clusters request certificates and root sign them. Leaves what is plugged in as it is. */
export function askAndSign(walk: Walk, stacks: StackEntry[]): Task[] {
    return [...request(walk, stacks), ...signAndPlugIn(walk, byRole(stacks).roots)];
}

/**
 * Lets root sign, then the clusters plug in what it has signed: the rest of an `up` once every cluster has requested its certificate.
 *
 * @param onVerified - called for each stack whose `up` verified that every proxy of its mesh has picked up the CA
 */
export function signAndPlugIn(
    walk: Walk,
    stacks: StackEntry[],
    onVerified: (stack: string) => void = () => undefined,
): Task[] {
    const { roots, clusters } = byRole(stacks);
    return [
        ...walk.up("Sign", roots),
        ...walk.up("Plug in", clusters, (event, stack) => sawProxies(event) && onVerified(stack)),
    ];
}

/** Opens stacks before anything is changed, and creates missing ones if that is safe. */
export function prepare(project: Project, stacks: StackEntry[]): Promise<void> {
    return project.unlock(
        stacks.map(({ name }) => name),
        (name) => project.openOrCreate(name),
    );
}

/** Opens the stacks that this walk may change: all of them if root signs, because what it signs reaches every cluster. */
async function open(walk: Walk, stacks: StackEntry[]): Promise<void> {
    const needed = await walk.project.each(stacks, async (entry) => ({
        entry,
        needs: await walk.needs(entry),
    }));
    const changing = needed.filter(({ needs }) => needs).map(({ entry }) => entry);
    const signs = await walk.project.each(
        changing,
        async (entry) => entry.role === "root" || asks(walk, entry),
    );
    await prepare(walk.project, signs.includes(true) ? stacks : changing);
}

/** Whether a cluster has not requested a certificate for its generation. */
async function asks({ changes }: Walk, { name, role, generation }: StackEntry): Promise<boolean> {
    // A stack that does not exist yet has no state.
    const state = role === "cluster" ? await changes.state(name).catch(() => undefined) : undefined;
    return role === "cluster" && state?.outputs.csr?.generation !== generation;
}

function request(walk: Walk, stacks: StackEntry[]): Task[] {
    const clusters = stacks.filter(({ role }) => role === "cluster");
    return eachStack("Request certificates", walk.project, clusters, {
        skip: async (entry) => ((await asks(walk, entry)) ? undefined : "requested before"),
        run: (stack, _, onOutput) => walk.bringUp(stack, { onOutput }),
    });
}

/** A task whose failure does not stop those after it. */
function tolerated({ run, ...task }: Task, failures: DetailedError[]): Task {
    return {
        ...task,
        run: async (progress) => {
            try {
                await run(progress);
            } catch (error) {
                if (!(error instanceof DetailedError)) {
                    throw error;
                }
                failures.push(error);
            }
        },
    };
}

/** Whether this `up` ran a {@link MeshVerification}, and one that includes the proxies. */
function sawProxies({ resOutputsEvent }: EngineEvent): boolean {
    const { urn = "", op, new: made } = resOutputsEvent?.metadata ?? {};
    if (!made || !urn.includes(":MeshVerification$") || (op !== "create" && op !== "update")) {
        return false;
    }
    return (JSON.parse(String(made.inputs["stdin"])) as VerificationInput).proxies ?? true;
}

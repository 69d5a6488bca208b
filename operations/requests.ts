import { eachStack } from "./eachStack";
import type { Task } from "./progress";
import type { StackEntry } from "./project/project";
import type { Walk } from "./walk";

/** Whether a cluster has not requested a certificate for its generation. */
export async function asks({ changes }: Walk, { name, role, generation }: StackEntry): Promise<boolean> {
    // A stack that does not exist yet has no state.
    const state = role === "cluster" ? await changes.state(name).catch(() => undefined) : undefined;
    return role === "cluster" && state?.outputs.csr?.generation !== generation;
}

/** The clusters that have no CA plugged in. */
export async function withoutCa({ project, changes }: Walk, clusters: StackEntry[]): Promise<StackEntry[]> {
    const found = await project.each(clusters, async (entry) => {
        const state = await changes.state(entry.name).catch(() => undefined);
        return state?.outputs.files ? [] : [entry];
    });
    return found.flat();
}

/** Lets the clusters request certificates that have not done so. */
export function request(walk: Walk, stacks: StackEntry[]): Task[] {
    const clusters = stacks.filter(({ role }) => role === "cluster");
    return eachStack("Request certificates", walk.project, clusters, {
        skip: async (entry) =>
            walk.outcomes.of("failed").includes(entry.name)
                ? "failed before"
                : (await asks(walk, entry))
                  ? undefined
                  : "requested before",
        run: (stack, _, onOutput) => walk.bringUp(stack, { onOutput }),
    });
}

import { DetailedError } from "./errors";
import { inParallel } from "./inParallel";
import { Outcomes } from "./outcomes";
import type { Task } from "./progress";
import type { Project } from "./project/project";
import { verify } from "./verify";

/**
 * A task that waits until every proxy of clusters has picked up their CA; none if there are no clusters.
 *
 * @param limits - the clusters, and for how many seconds the proxies of each may lag behind
 * @param verified - those whose `up` has verified it
 * @param outcomes - learns of those that lag behind
 */
export function waitForProxies(
    project: Project,
    limits: Map<string, number>,
    verified: Set<string>,
    outcomes = new Outcomes(),
): Task[] {
    const verifications = [...limits].map(([name, limitSeconds]): Task => ({
        title: name,
        skip: () => (verified.has(name) ? "verified by its up" : undefined),
        run: async (below) => {
            const onProgress = (line: string) => below.report(line);
            const { output, exitCode } = await verify(project, name, { limitSeconds, onProgress });
            if (exitCode !== 0) {
                outcomes.note(name, "failed");
                throw new DetailedError("lags behind", `Stack ${name}:\n${output}`);
            }
        },
    }));
    const task: Task = {
        title: "Wait for every proxy",
        run: (below) => inParallel(below, verifications, project.parallel),
    };
    return verifications.length > 0 ? [task] : [];
}

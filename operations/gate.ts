import { DetailedError, message } from "./errors";
import { Progress, silent, Task } from "./progress";
import { inParallel } from "./inParallel";
import { Project, StackEntry } from "./project/project";
import { signAndPlugIn } from "./up";
import { verify } from "./verify";
import { Walk } from "./walk";

/** What to bring up, and whose proxies to watch. */
export interface Gate {
    title: string;
    /** Root and clusters; empty to only look at the proxies. */
    stacks: StackEntry[];
    /** The clusters, and for how many seconds the proxies of each may lag behind. */
    limits: Map<string, number>;
}

/**
 * Brings stacks up, root and clusters, and waits until every proxy of every cluster has picked up the change. The cluster's own
 * `up` verifies what it changes; if it had nothing to change, a separate verification follows.
 *
 * @throws DetailedError if an `up` fails or proxies lag behind, naming them.
 */
export async function bringUpAndSee(
    project: Project,
    { title, stacks, limits }: Gate,
    progress: Progress = silent,
): Promise<void> {
    const verified = new Set<string>();
    const verifications = [...limits].map(([name, limitSeconds]): Task => ({
        title: name,
        skip: () => (verified.has(name) ? "verified by its up" : undefined),
        run: async (below) => {
            const onProgress = (line: string) => below.report(line);
            const { output, exitCode } = await verify(project, name, { limitSeconds, onProgress });
            if (exitCode !== 0) {
                throw new DetailedError("lags behind", `Stack ${name}:\n${output}`);
            }
        },
    }));
    const gate: Task = {
        title: "Wait for every proxy",
        run: (below) => inParallel(below, verifications, project.parallel),
    };
    const tasks = [
        ...signAndPlugIn(new Walk(project), stacks, (name) => verified.add(name)),
        ...(verifications.length > 0 ? [gate] : []),
    ];
    try {
        await progress.inTurn([{ title, run: (below) => below.inTurn(tasks) }]);
    } catch (error) {
        const details = error instanceof DetailedError ? error.details : message(error);
        const todo =
            "The next step was not taken. Fix the proxies that lag behind, then run this again, or undo the steps with --back.";
        throw new DetailedError(message(error), `${details}\n\n${todo}`);
    }
}

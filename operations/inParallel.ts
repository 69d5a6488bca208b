import { countedBy } from "./counted";
import { DetailedError, message } from "./errors";
import type { Progress, Task } from "./progress";

/** How many tasks are shown each in a line of its own. */
const mostShown = 12;

/**
 * Runs tasks in parallel. If they would fill the screen, one line says how far they are. Waits for all of them, because a stack
 * that is interrupted when another fails would stay locked.
 *
 * @param limit - how many run at once
 * @throws DetailedError with the error of each task that failed
 */
export async function inParallel(progress: Progress, tasks: Task[], limit: number): Promise<void> {
    const failures: string[] = [];
    const watched = tasks.map((task) => ({
        ...task,
        run: async (below: Progress) => {
            try {
                await task.run(below);
            } catch (error) {
                failures.push(error instanceof DetailedError ? error.details : message(error));
                throw new Error("failed, see below", { cause: error });
            }
        },
    }));
    await (progress.counts && tasks.length > mostShown ? countedBy(progress) : progress).settle(
        watched,
        limit,
    );
    if (failures.length > 0) {
        throw new DetailedError(`${failures.length} of ${tasks.length} failed`, failures.join("\n\n"));
    }
}

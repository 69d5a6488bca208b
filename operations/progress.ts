import pMap from "p-map";
import { DetailedError, message } from "./errors";

/** A piece of work with a title. */
export interface Task {
    title: string;
    /** Why there is nothing to do, evaluated when the task's turn comes; undefined to run it. */
    skip?: () => string | undefined;
    run: (progress: Progress) => Promise<unknown>;
}

/** How an operation shows what it does: on a terminal, or nowhere. */
export interface Progress {
    /** Shows the progress of the running task in one line. */
    report(line: string): void;
    /** Runs tasks one by one, up to the first that fails. */
    inTurn(tasks: Task[]): Promise<void>;
    /** Runs tasks in parallel, at most `limit` at once, and waits for all of them. Does not fail if a task does. */
    settle(tasks: Task[], limit: number): Promise<void>;
}

/** Runs tasks without showing anything. */
export const silent: Progress = {
    report: () => undefined,
    inTurn: async (tasks) => {
        for (const task of tasks) {
            if (task.skip?.() === undefined) {
                await task.run(silent);
            }
        }
    },
    settle: async (tasks, limit) => {
        await pMap(tasks, (task) => silent.inTurn([task]).catch(() => undefined), { concurrency: limit });
    },
};

/**
 * Runs tasks in parallel. Waits for all of them, because a stack that is interrupted when another fails would stay locked.
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
    await progress.settle(watched, limit);
    if (failures.length > 0) {
        throw new DetailedError(`${failures.length} of ${tasks.length} failed`, failures.join("\n\n"));
    }
}

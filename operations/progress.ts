import { DetailedError, message } from "./errors";

/** A piece of work under a title. */
export interface Task {
    title: string;
    /** Why there is nothing to do, asked when it is this task's turn; undefined: there is something. */
    skip?: () => string | undefined;
    run: (progress: Progress) => Promise<unknown>;
}

/** How an operation shows what it does: on a terminal, or nowhere. */
export interface Progress {
    /** Shows in a line how far the running task is. */
    report(line: string): void;
    /** Runs tasks one after another, up to the first that fails. */
    inTurn(tasks: Task[]): Promise<void>;
    /** Runs tasks in parallel and waits for all of them, also if some fail, which it does not report. */
    settle(tasks: Task[]): Promise<void>;
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
    settle: async (tasks) => {
        await Promise.allSettled(tasks.map((task) => silent.inTurn([task])));
    },
};

/**
 * Runs tasks in parallel. All are waited for: a stack that is interrupted because another failed would stay locked.
 *
 * @throws DetailedError with what each failed by
 */
export async function inParallel(progress: Progress, tasks: Task[]): Promise<void> {
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
    await progress.settle(watched);
    if (failures.length > 0) {
        throw new DetailedError(`${failures.length} of ${tasks.length} failed`, failures.join("\n\n"));
    }
}

import pMap from "p-map";

/** A piece of work with a title. */
export interface Task {
    title: string;
    /** Why there is nothing to do, evaluated when the task's turn comes; undefined to run it. */
    skip?: () => string | undefined | Promise<string | undefined>;
    run: (progress: Progress) => Promise<unknown>;
}

/** How an operation shows what it does: on a terminal, or nowhere. */
export interface Progress {
    /** Whether parallel tasks that would fill the screen are counted in one line. Default: false. */
    readonly counts?: boolean;
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
            if ((await task.skip?.()) === undefined) {
                await task.run(silent);
            }
        }
    },
    settle: async (tasks, limit) => {
        await pMap(tasks, (task) => silent.inTurn([task]).catch(() => undefined), { concurrency: limit });
    },
};

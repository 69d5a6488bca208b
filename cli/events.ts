import pMap from "p-map";
import type { Progress, Task } from "../operations/progress";

/** What happens to a task: a line of JSON each, for programs. */
interface Event {
    /** ISO 8601. */
    time: string;
    /** The titles of the task and of those that it is a part of, the outermost first. */
    task: string[];
    event: "started" | "progress" | "skipped" | "done" | "failed";
    /** What it reports, or why it is skipped. */
    text?: string;
}

/** Prints tasks as events, one in a line. */
export function events(print: (line: string) => void, path: string[] = []): Progress {
    const say = (task: string[], event: Event["event"], text?: string) => {
        const all: Event = {
            time: new Date().toISOString(),
            task,
            event,
            ...(text !== undefined && { text }),
        };
        print(JSON.stringify(all));
    };
    const run = async (task: Task) => {
        const at = [...path, task.title];
        const reason = await task.skip?.();
        if (reason !== undefined) {
            say(at, "skipped", reason);
            return;
        }
        say(at, "started");
        try {
            await task.run(events(print, at));
        } catch (error) {
            say(at, "failed");
            throw error;
        }
        say(at, "done");
    };
    return {
        report: (line) => say(path, "progress", line),
        inTurn: async (tasks) => {
            for (const task of tasks) {
                await run(task);
            }
        },
        settle: async (tasks, limit) => {
            await pMap(tasks, (task) => run(task).catch(() => undefined), { concurrency: limit });
        },
    };
}

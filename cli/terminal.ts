import { Listr, ListrTask, ListrTaskWrapper, PRESET_TIMER } from "listr2";
import type { Progress, Task } from "../operations/progress";
import { print } from "./print";

/** Shows tasks as a list with elapsed times: live on a terminal, otherwise as plain lines. */
export const terminal: Progress = {
    counts: true,
    report: (line) => print(line),
    inTurn: (tasks) => showTasks(tasks.map(listrTask)),
    settle: (tasks, limit) => showTasks(tasks.map(listrTask), together(limit)),
};

/** The same below a task of a list that is already shown. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever renders the list
export function beneath(task: ListrTaskWrapper<any, any, any>): Progress {
    return {
        counts: true,
        report: (line) => (task.output = line),
        inTurn: async (tasks) => void (await task.newListr(tasks.map(listrTask)).run()),
        settle: async (tasks, limit) =>
            void (await task.newListr(tasks.map(listrTask), together(limit)).run()),
    };
}

const together = (concurrent: number) => ({ concurrent, exitOnError: false });

/** Runs tasks of listr2, one by one. */
export async function showTasks(tasks: ListrTask[], options = {}): Promise<void> {
    await new Listr(tasks, {
        rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false },
        fallbackRenderer: "simple",
        fallbackRendererOptions: { timer: PRESET_TIMER },
        ...options,
    }).run();
}

function listrTask({ title, skip, run }: Task): ListrTask {
    return {
        title,
        skip: async () => (await skip?.()) ?? false,
        task: async (_, task) => void (await run(beneath(task))),
    };
}

import { Listr, ListrLogger, ListrLogLevels, PRESET_TIMER, type ListrTask } from "listr2";
import { ensurePart, type OnProgress, type Part } from "./part";

/** Long work that says beforehand how long it may take. */
export interface Step {
    title: string;
    /** For display: "5 minutes". */
    expected: string;
    run(onProgress?: OnProgress): Promise<void>;
}

/** How a list of tasks is shown. */
export interface RunTasksOptions {
    /** `default`: a live list on a terminal, otherwise plain lines. `silent`: nothing. */
    renderer?: "default" | "silent";
}

/**
 * Runs tasks and shows them with their elapsed time. Rejects with the first error, which is not shown.
 *
 * @param concurrent whether they run in parallel
 */
export async function runTasks(
    tasks: ListrTask[],
    concurrent: boolean,
    { renderer = "default" }: RunTasksOptions,
): Promise<void> {
    await new Listr(tasks, {
        concurrent,
        renderer,
        rendererOptions: { collapseSubtasks: false, showErrorMessage: false, timer: PRESET_TIMER },
        fallbackRenderer: "verbose",
        fallbackRendererOptions: { logger: new Logger({ useIcons: false }), timer: PRESET_TIMER },
    }).run();
}

/** The building of a part as a step. */
export function buildStep(part: Part): Step {
    return { title: part.title, expected: part.expected, run: (onProgress) => ensurePart(part, onProgress) };
}

/**
 * A step as a task of listr2, with the elapsed time beneath it and what is left: each second on a terminal, otherwise each minute.
 * What is left is measured if the step reports how far it is.
 */
export function stepTask(step: Step): ListrTask {
    return {
        title: `${step.title} (about ${step.expected})`,
        async task(_, task) {
            const start = Date.now();
            const terminal = process.stdout.isTTY;
            const name = terminal ? "" : `${step.title}: `;
            let progress: Progress | undefined;
            const show = () => {
                const time = Date.now() - start;
                task.output = name + (progress ? measured(time, progress) : estimated(time, step));
            };
            const tick = setInterval(show, terminal ? 1_000 : 60_000);
            try {
                await step.run((share, what) => (progress = { share, what }));
            } finally {
                clearInterval(tick);
            }
        },
    };
}

interface Progress {
    share: number;
    what: string;
}

function estimated(time: number, { expected }: Step): string {
    return `${elapsed(time)} of about ${expected}`;
}

/** How far a step is, what it does, and what is left if the rest takes its share of the time. */
export function measured(time: number, { share, what }: Progress): string {
    const left = elapsed((time / share) * (1 - share));
    return `${elapsed(time)}, ${Math.floor(100 * share)}%, about ${left} left: ${what}`;
}

/** A duration for display: "1m05s". */
export function elapsed(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1_000);
    const minutes = Math.floor(seconds / 60);
    return minutes > 0 ? `${minutes}m${String(seconds % 60).padStart(2, "0")}s` : `${seconds}s`;
}

/** Leaves out errors, which come once for every list around the task that failed; whoever runs the list reports them. */
class Logger extends ListrLogger {
    override log(...[level, message, options]: Parameters<ListrLogger["log"]>): void {
        if (level !== (ListrLogLevels.FAILED as string)) {
            super.log(level, message, options);
        }
    }
}

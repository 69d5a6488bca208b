import { createInterface } from "node:readline/promises";
import { Listr, ListrTask, PRESET_TIMER } from "listr2";

/** Runs tasks one after the other, shown as a list with their times: live on a terminal, else as plain lines. */
export async function runTasks(
    tasks: ListrTask[],
    renderer: "default" | "silent" = "default",
): Promise<void> {
    await new Listr(tasks, {
        renderer,
        rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false },
        fallbackRenderer: "simple",
        fallbackRendererOptions: { timer: PRESET_TIMER },
    }).run();
}

/** An error whose details are shown once, beneath the list of tasks. */
export class DetailedError extends Error {
    constructor(
        message: string,
        readonly details: string,
    ) {
        super(message);
    }
}

/** What an error says. */
export function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Asks whether to go on. */
export async function askOnTerminal(question: string): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        return /^y(es)?$/i.test(await terminal.question(`${question} (yes/no) `));
    } finally {
        terminal.close();
    }
}

/** Runs a command's main function; ends the process with its status, or with 1 and the error's message alone. */
export async function main(run: () => Promise<number | void>): Promise<void> {
    try {
        process.exitCode = (await run()) ?? 0;
    } catch (error) {
        console.error(error instanceof DetailedError ? error.details : message(error));
        process.exitCode = 1;
    }
}

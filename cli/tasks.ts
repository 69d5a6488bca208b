import { ListrBaseClassOptions, PRESET_TIMER } from "listr2";

/** A list of steps with their times; plain lines where the output is no terminal. */
export const rendering = {
    concurrent: false,
    exitOnError: true,
    renderer: "default",
    fallbackRenderer: "simple",
    rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false },
    fallbackRendererOptions: { timer: PRESET_TIMER },
} satisfies ListrBaseClassOptions;

/** What an error says. */
export function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Runs a command's main function; ends the process with its status, or with 1 and the error's message alone. */
export async function main(run: () => Promise<number | void>): Promise<void> {
    try {
        process.exitCode = (await run()) ?? 0;
    } catch (error) {
        console.error(message(error));
        process.exitCode = 1;
    }
}

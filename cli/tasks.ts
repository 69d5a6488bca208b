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

/** What an error says to a person: without Pulumi's streams and exit codes, and without the system's error codes. */
export function message(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    // A CommandError of Pulumi's automation API, which is slow to load and not needed by every command.
    if ("commandResult" in error) {
        return pulumiError(error.message);
    }
    const { code = "", path } = error as NodeJS.ErrnoException;
    return path !== undefined && code in reasons ? `${path}: ${reasons[code]}.` : error.message;
}

const reasons: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "it is a folder; name a file",
    ENOTDIR: "a part of the path is a file, not a folder",
    EEXIST: "it is there already",
    ELOOP: "it is a symbolic link, which is not followed here",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
};

/** What pulumi itself calls the error, of all that it printed. */
export function pulumiError(whole: string): string {
    const [, printed = whole] = /\n stderr: ([^]*?)(?:\n err\?: [^]*)?$/.exec(whole) ?? [];
    const found = (/^error: ([^]+)$/m.exec(printed)?.[1] ?? printed).trim() || whole;
    const [, missing] = /^no stack named '(.+)' found/.exec(found) ?? [];
    return missing === undefined
        ? found
        : `Stack ${missing} does not exist. Make it: \`pulumi stack init ${missing} --secrets-provider …\`.`;
}

/** The exit status of a command that asks before each step: 1, and a sentence, where not every step was agreed to. */
export function declined(agreed: boolean): number {
    if (agreed) {
        return 0;
    }
    console.error(
        "Stopped before this step, which changed nothing. Run the command again to resume; in a pipeline: --yes.",
    );
    return 1;
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

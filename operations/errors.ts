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

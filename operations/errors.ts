/** An error with details, which are shown once, below the list of tasks. */
export class DetailedError extends Error {
    constructor(
        message: string,
        readonly details: string,
    ) {
        super(message);
    }
}

/** A stack that the backend does not have. */
export class StackMissing extends Error {
    constructor(stack: string) {
        super(missing(stack));
    }
}

/** A stack whose program does not export what a command reads. */
export class NotExported extends Error {
    constructor(stack: string, output: string) {
        super(
            `Stack ${stack} does not export ${output}. Export ca-cert.pem, cert-chain.pem and root-cert.pem by these names as its output ${output} (docs/library.md shows how), then bring it up: \`pulumi up --stack ${stack}\`.`,
        );
    }
}

/** An error's message for people, without Pulumi's streams and exit codes or the system's error codes. */
export function message(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    // A CommandError of Pulumi's automation API, which is slow to load and which not every command needs.
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
    EEXIST: "it already exists",
    ELOOP: "it is a symbolic link, which is not followed here",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
};

/** The part of pulumi's output that pulumi marks as the error. */
export function pulumiError(whole: string): string {
    const [, printed = whole] = /\n stderr: ([^]*?)(?:\n err\?: [^]*)?$/.exec(whole) ?? [];
    const found = (/^error: ([^]+)$/m.exec(printed)?.[1] ?? printed).trim() || whole;
    const [, name] = /^no stack named '(.+)' found/.exec(found) ?? [];
    if (name !== undefined) {
        return missing(name);
    }
    return /(^|load checkpoint: )EOF$/.test(found) ? `${found}. ${emptyFile}` : found;
}

/** What gocloud.dev/blob/fileblob writes beside each file of a backend is not replaced as a whole, unlike the file itself. */
const emptyFile = [
    "A pulumi that was killed has left an empty file in the backend. It holds no state, but makes every pulumi fail.",
    "Delete it in the folder that `pulumi whoami --verbose` shows: `find FOLDER/.pulumi -name '*.attrs' -empty -delete`.",
    "With `?metadata=skip` at the end of the backend's address, Pulumi writes no such file.",
].join(" ");

function missing(stack: string): string {
    return `Stack ${stack} does not exist. Make it: \`pulumi stack init ${stack} --secrets-provider …\`.`;
}

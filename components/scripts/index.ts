import * as path from "node:path";

/**
 * The command that runs a script beside this file. Its path is relative to the working directory, which is the program's
 * for Commands too: so it is the same on every machine that shares the stack's state.
 */
export function runScript(file: string): string {
    return `bash ${relative(file)}`;
}

/** The command that runs a TypeScript program, its path relative to this folder. */
export function runProgram(file: string): string {
    return `node --require sucrase/register/ts ${relative(file)}`;
}

function relative(file: string): string {
    return path.relative(process.cwd(), path.join(__dirname, file));
}

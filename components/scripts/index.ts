import * as path from "node:path";

/**
 * The command that runs a script beside this file. Its path is relative to the working directory, which is the program's
 * for Commands too: so it is the same on every machine that shares the stack's state.
 */
export function runScript(file: string): string {
    return `bash ${path.relative(process.cwd(), path.join(__dirname, file))}`;
}

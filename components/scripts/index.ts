import * as path from "node:path";

/** The command that runs a script next to this file. */
export function runScript(file: string): string {
    return `bash ${fromWorkingDirectory(path.join(__dirname, file))}`;
}

/** The command that runs a program of this project: as JavaScript if it is built, otherwise as TypeScript. */
export function runProgram(name: string): string {
    const extension = path.extname(__filename);
    const node = extension === ".ts" ? "node --require sucrase/register/ts" : "node";
    return `${node} ${fromWorkingDirectory(path.join(__dirname, "..", "..", name + extension))}`;
}

/**
 * A path as Commands have it: relative to the working directory, which is the program's, so that it is the same on every
 * machine that shares the stack's state.
 */
function fromWorkingDirectory(file: string): string {
    return path.relative(process.cwd(), file);
}

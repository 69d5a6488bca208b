import * as path from "node:path";

const checkout = path.join(__dirname, "..", "..");

/** The command that runs a script beside this file. */
export function runScript(file: string): string {
    return `bash ${fromWorkingDirectory(path.join(__dirname, file))}`;
}

/**
 * The command that runs a program of this project: as JavaScript where it is built, else as TypeScript.
 *
 * @param loader - what loads the TypeScript; default: Sucrase
 */
export function runProgram(name: string, loader = "sucrase/register/ts"): string {
    const extension = path.extname(__filename);
    const node = extension === ".ts" ? `node --require ${loader}` : "node";
    return `${node} ${fromWorkingDirectory(path.join(checkout, name + extension))}`;
}

/** The same for a program that program/bundle.cjs knows, which then starts faster, from its bundle. */
export function runBundled(name: string): string {
    return runProgram(name, `./${fromWorkingDirectory(path.join(checkout, "program", "start.cjs"))}`);
}

/**
 * A path as Commands have it: relative to the working directory, which is the program's, so that it is the same on every
 * machine that shares the stack's state.
 */
function fromWorkingDirectory(file: string): string {
    return path.relative(process.cwd(), file);
}

import * as path from "node:path";
import { execa } from "execa";
import { projectDir, typescript } from "../local/paths";

/** Runs `npm run check`. */
export async function check(...args: string[]): Promise<{ exitCode: number; output: string }> {
    const program = path.join(projectDir, "cli", "main.ts");
    const command = ["--require", typescript, program, "check", ...args];
    const { exitCode, all } = await execa(process.execPath, command, {
        cwd: projectDir,
        all: true,
        reject: false,
    });
    return { exitCode: exitCode ?? -1, output: all };
}

import * as path from "node:path";
import { globSync } from "node:fs";
import { execa } from "execa";

const projectDir = path.resolve(__dirname, "..");

/** `npm test`: format, lint, types, then mocha. With --unit only what needs no toolchain and no cluster. */
async function main(args: string[]): Promise<void> {
    const unit = args.includes("--unit");
    await run("prettier", ["--check", "--log-level=warn", "."]);
    await run("eslint", ["."]);
    await run("tsc", ["--project", "."]);
    const folders = unit ? ["unit"] : ["unit", "plugins", "integration"];
    const files = folders.flatMap((folder) =>
        globSync(`tests/${folder}/**/*.test.ts`, { cwd: projectDir }).sort(),
    );
    await run("mocha", files);
}

async function run(command: string, args: string[]): Promise<void> {
    await execa(command, args, { cwd: projectDir, preferLocal: true, stdio: "inherit" });
}

main(process.argv.slice(2)).catch((error: { exitCode?: number; shortMessage?: string }) => {
    console.error(error.shortMessage ?? error);
    process.exitCode = error.exitCode ?? 1;
});

import * as path from "node:path";
import { execa } from "execa";
import { projectDir, typescript } from "../../local/paths";
import { caBundles, writeCaFiles } from "../caBundles";
import type { Bench } from "./bench";
import { alternate, compare, Measure, seconds } from "./measure";

/** `check` of a folder with a good CA, and the same program when it only prints its help: the rest is the verdict. */
export async function verdict(bench: Bench): Promise<Measure[]> {
    return bench.inFolder("verdict", async (dir) => {
        const folder = writeCaFiles(path.join(dir, "ca"), (await caBundles())["good"]!.files);
        const check = (...args: string[]) =>
            execa(process.execPath, ["--require", typescript, "cli/main.ts", "check", ...args], {
                cwd: projectDir,
                cancelSignal: bench.signal,
            });
        const [ours, help]: [number[], number[]] = [[], []];
        await alternate(
            bench.rounds * checksPerRound,
            async () => void ours.push(await seconds(() => check(folder))),
            async () => void help.push(await seconds(() => check("--help"))),
        );
        return [compare("check of a CA", ours, { name: "check --help", seconds: help }, 3)];
    });
}

/** These runs are short, so their times scatter more. */
const checksPerRound = 5;

import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { localProjectDir, projectDir } from "../../local/paths";
import type { Bench } from "./bench";
import { against, Measure, seconds } from "./measure";

/** `npm start` with everything built and nothing running, and `npm stop`, which takes it down again. */
export async function start(bench: Bench): Promise<Measure[]> {
    if (fs.existsSync(localProjectDir)) {
        throw new Error(
            "What `npm start` made exists and would be lost. Run `npm stop`, or leave out start.",
        );
    }
    const times: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
        try {
            const time = await seconds(() => npm("start", bench.signal));
            bench.log("npm start", time);
            times.push(time);
        } finally {
            await npm("stop");
        }
    }
    return [against("npm start, warm", times, 90)];
}

async function npm(script: string, cancelSignal?: AbortSignal): Promise<void> {
    const run = path.join(projectDir, "local", "run.cjs");
    await execa(process.execPath, [run, `local/${script}.ts`], { cwd: projectDir, cancelSignal, all: true });
}

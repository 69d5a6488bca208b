import { execa } from "execa";
import { projectDir } from "../local/paths";

/** How a mocha process ended. */
export interface Run {
    files: string[];
    /** Those of the files in which something failed. */
    failedFiles: string[];
    /** What mocha says of its failures; empty without any. */
    failures: string;
    seconds: number;
    passed: number;
    failed: number;
    /** What a soak left to a later one. */
    pending: number;
}

interface Options {
    /** When its output is shown: at the end does not mix the output of processes that run in parallel. Default: live. */
    output?: "live" | "at the end" | "never";
    /** Runs the files in two processes. Default: in one. */
    parallel?: boolean;
    env?: Record<string, string>;
}

/** How much of a run's failures the summary repeats, characters. */
const longestFailures = 8000;

/** Runs test files by mocha. */
export async function mochaRun(files: string[], options: Options = {}): Promise<Run> {
    const { output = "live", parallel = false, env = {} } = options;
    const start = Date.now();
    const streams = output === "live" ? (["pipe", "inherit"] as const) : (["pipe"] as const);
    const { all, exitCode } = await execa(
        "mocha",
        [...(parallel ? ["--parallel", "--jobs=3"] : []), ...files],
        {
            cwd: projectDir,
            preferLocal: true,
            all: true,
            stdout: [...streams],
            stderr: [...streams],
            reject: false,
            env: { ...env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
        },
    );
    if (output === "at the end") {
        console.log(all);
    }
    const ending = /^(\d+) passed, (\d+) failed(?:, (\d+) left)?(?: in (.+))?$/m;
    const [, passed, failed, pending, failedFiles] = ending.exec(all) ?? [];
    const crashed = exitCode !== 0 && !Number(failed);
    if (crashed) {
        console.log(`mocha ended with status ${exitCode ?? "none"}: ${files.join(", ")}`);
    }
    return {
        files,
        failures: /^ +\d+ failing\n[^]*?(?=^\d+ passed, )/m.exec(all)?.[0] ?? "",
        failedFiles: crashed ? files : (failedFiles?.split(", ") ?? []),
        seconds: (Date.now() - start) / 1000,
        passed: Number(passed ?? 0),
        failed: Number(failed ?? 0) + (crashed ? 1 : 0),
        pending: Number(pending ?? 0),
    };
}

/** Prints what took longest, what failed, and one line for all. @returns the exit status */
export function summarize(runs: Run[]): number {
    const total = (count: (run: Run) => number) => runs.reduce((sum, run) => sum + count(run), 0);
    for (const { files, seconds } of runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, 12)) {
        console.log(`${String(Math.round(seconds)).padStart(5)} s  ${named(files)}`);
    }
    const [passed, failed, pending] = [
        total((each) => each.passed),
        total((each) => each.failed),
        total((each) => each.pending),
    ];
    if (passed + failed + pending === 0) {
        console.log("No test matches.");
        return 1;
    }
    // Again at the end, where it is found in the log of a whole run.
    for (const { files, failures } of runs.filter((run) => run.failures !== "")) {
        console.log(`\n${named(files)}\n${failures.slice(0, longestFailures).trimEnd()}\n`);
    }
    const bad = runs.flatMap(({ failedFiles }) => failedFiles);
    if (bad.length > 0) {
        console.log(`Failed: ${bad.join(", ")}`);
    }
    if (pending > 0) {
        console.log(`${pending} cases are left to other runs, because the time of this one was over.`);
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
}

function named(files: string[]): string {
    return files.length <= 3 ? files.join(" ") : `${files.length} files`;
}

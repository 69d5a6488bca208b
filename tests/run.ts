import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import pMap from "p-map";
import { ensureImages } from "../local/images/images";
import { installPlugins } from "../local/plugins/install";
import { ensureToolchain } from "../local/toolchain/toolchain";

const projectDir = path.resolve(__dirname, "..");

/** How a mocha process ended. */
interface Run {
    files: string[];
    seconds: number;
    passed: number;
    failed: number;
}

/** Looks at the whole machine, so nothing else may start or stop clusters meanwhile. */
const alone = ["clusters"];

/** Put meshes under load and measure what comes of it: one at a time, so that they disturb each other's figures no more than a user. */
const loaded = ["revocation", "migration", "renewal", "rotation", "reissue"];

/** Install the package that they build, once, in one folder: they share a process. */
const packaged = ["examples", "package", "plugin"];

/** What takes longest begins first, so that no lane ends with it. */
const longest = [...loaded, "mesh", "review", "leaks", "restored", "ownStacks"];

/** Memory that one lane needs: up to three clusters with Istio. */
const laneBytes = 6 * 1024 ** 3;

/** How many files of integration tests run side by side. */
const lanes = Math.max(
    1,
    Math.min(Number(process.env["TEST_LANES"] ?? 2), Math.floor(os.freemem() / laneBytes)),
);

/**
 * `npm test`: format, lint, types, then mocha. With --unit only what needs no toolchain and no cluster; with words only
 * the files whose names contain one of them.
 *
 * Each file of integration tests runs in a process and with clusters of its own, two side by side: much of their time goes by
 * in waiting. What they print is shown when they are done. TEST_LANES=1 runs one after the other, and shows it at once.
 */
async function main(args: string[]): Promise<number> {
    const unit = args.includes("--unit");
    const words = args.filter((arg) => !arg.startsWith("-"));
    if (words.length === 0) {
        await run("prettier", ["--check", "--log-level=warn", "."]);
        await run("eslint", ["."]);
        await run("tsc", ["--project", "."]);
    }
    const chosen = (folder: string) =>
        fs
            .globSync(`tests/${folder}/**/*.test.ts`, { cwd: projectDir })
            .filter((file) => words.length === 0 || words.some((word) => nameOf(file).includes(word)))
            .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    const quick = unit ? chosen("unit") : [...chosen("unit"), ...chosen("plugins")];
    const integration = unit ? [] : chosen("integration");
    if (integration.length > 0) {
        await prepare();
    }
    const isAlone = (file: string) => alone.includes(nameOf(file));
    const runs = [
        ...(quick.length > 0 ? [await mocha(quick)] : []),
        ...(await pMap(integration.filter(isAlone), (file) => mocha([file]), { concurrency: 1 })),
        ...(await inLanes(integration.filter((file) => !isAlone(file)))),
    ];
    return summarize(runs);
}

/** Builds what all lanes share, so that no two of them build it side by side. */
async function prepare(): Promise<void> {
    const toolchain = await ensureToolchain();
    await ensureImages(toolchain);
    if (!toolchain.pulumi.official) {
        await installPlugins();
    }
}

/** One lane takes what is under load first, and it alone does; each takes of the rest what is next. */
async function inLanes(files: string[]): Promise<Run[]> {
    const isLoaded = (file: string) => loaded.includes(nameOf(file));
    const isPackaged = (file: string) => packaged.includes(nameOf(file));
    const single = (wanted: (file: string) => boolean) => files.filter(wanted).map((file) => [file]);
    const heavy = single(isLoaded);
    const rest = [
        ...[files.filter(isPackaged)].filter((group) => group.length > 0),
        ...single((file) => !isLoaded(file) && !isPackaged(file)),
    ];
    const lane = async (queues: string[][][]) => {
        const runs: Run[] = [];
        for (const queue of queues) {
            for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
                runs.push(await mocha(group));
            }
        }
        return runs;
    };
    const others = Array.from({ length: lanes - 1 }, () => lane([rest]));
    return (await Promise.all([lane([heavy, rest]), ...others])).flat();
}

function nameOf(file: string): string {
    return path.basename(file, ".test.ts");
}

function rank(file: string): number {
    const index = longest.indexOf(nameOf(file));
    return index < 0 ? longest.length : index;
}

/** Runs test files in one process; where there are several lanes its output is shown when it ends, so that they do not mix. */
async function mocha(files: string[]): Promise<Run> {
    const start = Date.now();
    const live = lanes === 1 ? (["pipe", "inherit"] as const) : (["pipe"] as const);
    const { all, exitCode } = await execa("mocha", files, {
        cwd: projectDir,
        preferLocal: true,
        all: true,
        stdout: [...live],
        stderr: [...live],
        reject: false,
        ...(process.stdout.isTTY && { env: { FORCE_COLOR: "1" } }),
    });
    if (lanes > 1) {
        console.log(all);
    }
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(all) ?? [];
    const crashed = exitCode !== 0 && !Number(failed);
    if (crashed) {
        console.log(`mocha ended with status ${exitCode ?? "none"}: ${files.join(", ")}`);
    }
    return {
        files,
        seconds: (Date.now() - start) / 1000,
        passed: Number(passed ?? 0),
        failed: Number(failed ?? 0) + (crashed ? 1 : 0),
    };
}

/** @returns the exit status */
function summarize(runs: Run[]): number {
    const total = (count: (run: Run) => number) => runs.reduce((sum, run) => sum + count(run), 0);
    const slowest = runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, 12);
    for (const { files, seconds } of slowest) {
        console.log(
            `${String(Math.round(seconds)).padStart(5)} s  ${files.length === 1 ? files[0] : `${files.length} files`}`,
        );
    }
    const passed = total((each) => each.passed);
    const failed = total((each) => each.failed);
    if (passed + failed === 0) {
        console.log("No test matches.");
        return 1;
    }
    const bad = runs.filter((each) => each.failed > 0).flatMap(({ files }) => files);
    if (bad.length > 0) {
        console.log(`Failed: ${bad.join(", ")}`);
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
}

async function run(command: string, args: string[]): Promise<void> {
    await execa(command, args, { cwd: projectDir, preferLocal: true, stdio: "inherit" });
}

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: { exitCode?: number; shortMessage?: string }) => {
        console.error(error.shortMessage ?? error);
        process.exitCode = error.exitCode ?? 1;
    },
);

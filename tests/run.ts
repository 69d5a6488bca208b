import * as fs from "node:fs";
import { execa } from "execa";
import { ensureImages } from "../local/images/images";
import { localDir, projectDir } from "../local/paths";
import { installPlugins } from "../local/plugins/install";
import { ensureToolchain } from "../local/toolchain/toolchain";
import { changedSince, using } from "./changed";
import { alone, grouped, inOrder, loaded, nameOf } from "./groups";
import { inLanes, laneCount } from "./lanes";
import { mochaRun, Run, summarize } from "./mochaRun";
import { inTurn } from "./soak/inTurn";

const usage = `Usage: npm test [-- WORD…]         format, lint, types and all tests, or the test files whose names contain a word
       npm test -- --changed [COMMIT]   the same without the integration tests that use no file that differs from COMMIT (default: HEAD)
       npm run test:unit            those that need no cluster
       npm run test:soak [-- --minutes N]   every operation with every fault, under load; starts no case after N minutes, in an order of its commit`;

/**
 * `npm test`. Tests that need no cluster run in parallel with the one that needs all clusters to itself. Then files of
 * integration tests run in processes and with clusters of their own, two in parallel; those that put meshes under load run
 * one at a time. TEST_LANES=1 runs them one by one.
 */
async function main(args: string[]): Promise<number> {
    const [flag, ...rest] = args;
    if (flag === "--soak") {
        return soak(rest);
    }
    const unit = flag === "--unit";
    const changed = flag === "--changed" ? await changedSince(rest[0] ?? "HEAD") : undefined;
    const words = changed ? [] : unit ? rest : args;
    if (words.some((word) => word.startsWith("-")) || (changed && rest.length > 1)) {
        console.error(usage);
        return 1;
    }
    const chosen = (folder: string) =>
        fs
            .globSync(`tests/${folder}/**/*.test.ts`, { cwd: projectDir })
            .filter((file) => words.length === 0 || words.some((word) => nameOf(file).includes(word)));
    const quick = inOrder(unit ? chosen("unit") : [...chosen("unit"), ...chosen("plugins")]);
    const all = unit ? [] : chosen("integration");
    const integration = changed ? using(changed, all) : all;
    if (changed) {
        const names = integration.map(nameOf).join(" ") || "none";
        console.log(
            `Of ${all.length} integration tests, ${integration.length} use what differs (files: ${changed.length}): ${names}`,
        );
    }
    const isAlone = (file: string) => alone.includes(nameOf(file));
    const runs: Run[] = [];
    // Together they leave no core idle.
    const checking = words.length === 0 ? check(unit) : Promise.resolve();
    const preparing = integration.length > 0 ? prepare() : Promise.resolve();
    const testing = async () => {
        if (quick.length > 0) {
            runs.push(await mochaRun(quick, { parallel: unit }));
        }
    };
    const testingAlone = async () => {
        await preparing;
        for (const file of integration.filter(isAlone)) {
            runs.push(await mochaRun([file], { output: quick.length > 0 ? "at the end" : "live" }));
        }
    };
    await settled([checking, testing(), testingAlone()]);
    if (integration.length > 0) {
        const groups = grouped(inOrder(integration.filter((file) => !isAlone(file))));
        const isLoaded = (group: string[]) => loaded.includes(nameOf(group[0]!));
        runs.push(
            ...(await inLanes(
                [groups.filter(isLoaded), groups.filter((group) => !isLoaded(group))],
                (group) => mochaRun(group, { output: laneCount > 1 ? "at the end" : "live" }),
            )),
        );
    }
    return summarize(runs);
}

/** `npm run test:soak`. */
async function soak([flag, minutes]: string[]): Promise<number> {
    if (flag !== undefined && !(flag === "--minutes" && Number(minutes) > 0)) {
        console.error(usage);
        return 1;
    }
    await prepare();
    const env = { SOAK: "true", ...(minutes && { SOAK_MINUTES: minutes }) };
    const all = [
        "tests/soak/twoRoots.test.ts",
        "tests/soak/operations.test.ts",
        "tests/integration/links.test.ts",
        "tests/integration/rotation.test.ts",
        "tests/soak/leftBehind.test.ts",
        "tests/integration/migration.test.ts",
    ];
    const files = minutes ? inTurn(all) : all;
    return summarize([await mochaRun(files, { env })]);
}

/** Waits for all, even if one fails, so that nothing is left behind. @throws the first error */
async function settled(promises: Promise<void>[]): Promise<void> {
    await Promise.allSettled(promises);
    await Promise.all(promises);
}

/** Format, lint and types; lint, which takes longest, only in `npm test`. */
async function check(unit: boolean): Promise<void> {
    const types = ["--project", ".", "--incremental", "--tsBuildInfoFile", `${localDir}/tests.tsbuildinfo`];
    await run("prettier", ["--check", "--log-level=warn", "--cache", "."]);
    await run("tsc", types);
    if (!unit) {
        await run("eslint", ["."]);
    }
}

/** Builds what all lanes share, so that no two of them build it in parallel. */
async function prepare(): Promise<void> {
    const toolchain = await ensureToolchain();
    await ensureImages(toolchain);
    if (!toolchain.pulumi.official) {
        await installPlugins();
    }
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

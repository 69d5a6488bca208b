import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { projectDir, typescript } from "../../local/paths";
import { removeStaleLocks } from "../../local/project";
import { RawOutputs, stackState } from "../../operations/changes/stackState";
import { Project } from "../../operations/project/project";
import { Certificate } from "../../pki/certificate";
import { changeSettings, freshProject, Outcome, pulumi } from "./fixture";
import { killTree } from "./processes";

const clusters = Array.from({ length: 10 }, (_, index) => `c${index + 1}`);
const kills = 3;

/** Many stacks without a mesh, in a project of their own: what they export is counted, and one is left with a faulty setting for a while. */
describe("Ten clusters below one root", function () {
    this.timeout("15m");
    let project: Project;

    const settings = (changed: Record<string, object> = {}) => ({
        root: { role: "root", clusters },
        ...Object.fromEntries(
            clusters.map((name) => [name, { role: "cluster", deploy: false, ...changed[name] }]),
        ),
    });

    before(async () => {
        project = await freshProject("fleet", settings());
    });

    it("come up with one CA each, however often the command is killed on the way", async () => {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        console.log(`      SEED=${seed}`);
        const random = generator(seed);
        const requested = new Map<string, string>();
        for (let kill = 0; kill < kills; kill++) {
            await killedAfter(1 + Math.floor(random() * 40), random() * 1000);
            for (const [name, { csr }] of Object.entries(await outputs())) {
                assert.ok(
                    !requested.has(name) || requested.get(name) === csr?.pem,
                    `${name} has another key`,
                );
                if (csr) {
                    requested.set(name, csr.pem);
                }
            }
            // All but the last time as `npm start` does, and then as the message says.
            if (kill < kills - 1) {
                removeStaleLocks(project.dir);
            }
        }
        let last = await up("--parallel", "3");
        for (let again = 0; again < 3 && last.exitCode !== 0; again++) {
            const locked = [...last.output.matchAll(/`pulumi cancel --stack (\S+)`/g)].map(
                ([, name]) => name!,
            );
            assert.ok(locked.length > 0, last.output);
            assert.match(last.output, /failed, see below/);
            for (const name of locked) {
                assert.equal((await pulumi(project, name, "cancel", "--yes")).exitCode, 0);
            }
            last = await up();
        }
        assert.equal(last.exitCode, 0, last.output);
        const { root, ...rest } = await outputs();
        for (const [name, { csr, ca, files, status }] of Object.entries(rest)) {
            assert.equal(status, "CA signed", name);
            assert.equal(csr!.pem, requested.get(name) ?? csr!.pem, `${name} has another key`);
            const [signed] = Certificate.all(root!.certificates![name]!.pem);
            assert.equal(signed!.fingerprint, ca!.fingerprint, name);
            assert.equal(Certificate.all(files!["ca-cert.pem"])[0]!.fingerprint, ca!.fingerprint, name);
        }
        assert.equal(Object.keys(rest).length, clusters.length);
    });

    it("are left out with the root if there is nothing to do, and the engine agrees", async () => {
        const before = states();
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "nothing to do": 11 });
        assert.deepEqual(states(), before);
        for (const name of ["root", "c1"]) {
            const preview = await pulumi(project, name, "preview", "--expect-no-changes");
            assert.equal(preview.exitCode, 0, preview.output);
        }
    });

    it("are brought up alone if they changed, with the root if that has to sign", async () => {
        await changeSettings(project, settings({ c3: { generation: 2 }, c4: { expiryGuardDays: 20 } }));
        const before = states();
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "brought up": 3, "nothing to do": 8 });
        assert.equal((await outputs())["c3"]!.ca!.generation, 2);
        const [root] = Object.keys(before).filter((file) => file.endsWith("/root.json"));
        const previous = fs.readFileSync(`${project.dir}/${root}.bak`, "utf8");
        assert.equal(previous, before[root!], "the state of root was saved more than once");
    });

    it("are brought up after a refresh, a restored state and a part of an up", async () => {
        const exported = await pulumi(project, "c5", "stack", "export");
        const state = JSON.parse(exported.output) as { deployment: { manifest: { time: string } } };
        state.deployment.manifest.time = "2026-01-01T00:00:00Z";
        const file = `${project.dir}/c5.json`;
        fs.writeFileSync(file, JSON.stringify(state));
        const touched = [
            pulumi(project, "c5", "stack", "import", "--file", file),
            pulumi(project, "c6", "refresh", "--yes", "--skip-preview"),
            pulumi(project, "c7", "up", "--yes", "--skip-preview", "--target", "**nothing**"),
            pulumi(project, "root", "state", "unprotect", "--all", "--yes"),
        ];
        for (const { exitCode, output } of await Promise.all(touched)) {
            assert.equal(exitCode, 0, output);
        }
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "brought up": 4, "nothing to do": 7 });
        const again = await up();
        assert.deepEqual(rows(again.output), { "nothing to do": 11 });
    });

    it("name the empty file that a killed pulumi has left, and come up without it", async () => {
        const file = `${project.dir}/state/.pulumi/stacks/istio-plugin-ca/c7.json.attrs`;
        fs.writeFileSync(file, "");
        const { exitCode, output } = await up();
        assert.equal(exitCode, 1, output);
        const [, remedy] = /`(find FOLDER[^`]+)`/.exec(output) ?? [];
        assert.ok(remedy, output);
        assert.match(output, /^Stacks (c\d+, ){10}root cannot be opened: EOF/m);
        await execa("bash", ["-c", remedy.replace("FOLDER", `${project.dir}/state`)]);
        assert.ok(!fs.existsSync(file));
        const again = await up();
        assert.equal(again.exitCode, 0, again.output);
    });

    it("do not stop the others when one fails, and the next run does what is left", async () => {
        const changed = { c3: { generation: 2 }, c4: { expiryGuardDays: 20 }, c8: { generation: 2 } };
        await changeSettings(project, settings({ ...changed, c9: { generation: 2, keyAlgorithm: "DSA" } }));
        const failed = await up();
        assert.equal(failed.exitCode, 1, failed.output);
        assert.deepEqual(rows(failed.output), { "brought up": 2, "nothing to do": 8, failed: 1 });
        assert.match(failed.output, /failed, see below\W+1\W+c9\b/);
        assert.match(failed.output, /Stack c9: .*keyAlgorithm is "DSA"/s);
        assert.equal((await outputs())["c8"]!.ca!.generation, 2);
        await changeSettings(project, settings(changed));
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "brought up": 1, "nothing to do": 10 });
    });

    it("come up in waves: one that fails or is not healthy stops those after it, until it is fixed", async () => {
        const waveCheck = 'echo "$WAVE: $CLUSTERS" >> waves.log; test ! -e unhealthy';
        const root = { waves: ["c1", "c2 c3"], waveCheck };
        const inWaves = (changed: Record<string, object>) => {
            const base = { c3: { generation: 2 }, c8: { generation: 2 } };
            const all = settings({ ...base, ...changed });
            return changeSettings(project, { ...all, root: { ...all.root, ...root } });
        };
        await changeSettings(project, settings({ c3: { generation: 2 }, c8: { generation: 2 } }));
        await up();
        const changed = { c1: { expiryGuardDays: 20 }, c5: { generation: 2 } };
        await inWaves({ ...changed, c2: { keyAlgorithm: "DSA" } });
        const failed = await up();
        assert.equal(failed.exitCode, 1, failed.output);
        assert.match(failed.output, /Wave 2 of 3: c2, c3/);
        assert.deepEqual(rows(failed.output), { "brought up": 1, "nothing to do": 2, failed: 1, waits: 7 });
        assert.equal((await outputs())["c5"]!.csr!.generation, 1, "c5 has not waited for its wave");

        await inWaves({ ...changed, c2: { expiryGuardDays: 20 } });
        fs.writeFileSync(`${project.dir}/unhealthy`, "");
        const stopped = await up();
        assert.equal(stopped.exitCode, 1, stopped.output);
        assert.match(
            stopped.output,
            /Wave 2 of 3: c2, c3 has not begun: waveCheck ended with exit status 1 after wave 1/,
        );
        assert.deepEqual(rows(stopped.output), { "nothing to do": 2, waits: 9 });

        fs.rmSync(`${project.dir}/unhealthy`);
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "brought up": 3, "nothing to do": 8 });
        assert.equal((await outputs())["c5"]!.ca!.generation, 2);
        const checks = fs.readFileSync(`${project.dir}/waves.log`, "utf8");
        assert.equal(checks, "1: c1\n1: c1\n1: c1\n2: c2 c3\n");
        const again = await up();
        assert.deepEqual(rows(again.output), { "nothing to do": 11 });
    });

    it("come up without one that cannot be reached, which the history of the root records if it no longer signs for it", async () => {
        const base = { c3: { generation: 2 }, c5: { generation: 2 }, c8: { generation: 2 } };
        const guards = { c1: { expiryGuardDays: 20 }, c2: { expiryGuardDays: 20 } };
        await changeSettings(project, settings({ ...base, ...guards }));
        await up();
        const changed = { ...base, ...guards, c9: { keyAlgorithm: "DSA" } };
        const { root, ...rest } = settings({ ...changed, c2: { expiryGuardDays: 21 } });
        const left = { ...root, clusters: clusters.filter((name) => name !== "c10") };
        await changeSettings(project, { root: left, ...rest });
        const { exitCode, output } = await up("--without", "c9", "--without", "c10");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(rows(output), { "brought up": 2, "nothing to do": 7, "left out": 2 });
        const history = await pulumi(project, "root", "stack", "history", "--page-size", "1");
        assert.match(history.output, /Continues without c10: no longer in clusters/);
    });

    /** The numbers in the last table. */
    function rows(output: string): Record<string, number> {
        const found = output.matchAll(/^│ (brought up|nothing to do|failed|waits|left out)[^│]*│ (\d+) /gm);
        return Object.fromEntries([...found].map(([, name, count]) => [name!, Number(count)]));
    }

    async function outputs(): Promise<Record<string, RawOutputs>> {
        const found = await project.each(["root", ...clusters], async (name) => {
            // One that was not created before the kill has no state.
            const state = await stackState(project, name).catch(() => undefined);
            return [name, state?.outputs ?? {}] as const;
        });
        return Object.fromEntries(found);
    }

    /** The states as they are in the backend. */
    function states(): Record<string, string> {
        const files = fs.globSync("state/.pulumi/stacks/**/*.json", { cwd: project.dir }).sort();
        return Object.fromEntries(
            files.map((file) => [file, fs.readFileSync(`${project.dir}/${file}`, "utf8")]),
        );
    }

    function command(...args: string[]): string[] {
        const options = ["--project", project.dir, ...args];
        return ["--require", typescript, "cli/main.ts", "up", ...options];
    }

    async function up(...args: string[]): Promise<Outcome> {
        const options = { cwd: projectDir, all: true, reject: false } as const;
        const { exitCode, all } = await execa(process.execPath, command(...args), options);
        return { exitCode: exitCode ?? -1, output: all };
    }

    /** Kills the command and all that it started, some time after it has printed so many lines. */
    async function killedAfter(lines: number, milliseconds: number): Promise<void> {
        const child = spawn(process.execPath, command(), {
            cwd: projectDir,
            stdio: ["ignore", "pipe", "ignore"],
        });
        const ended = new Promise((resolve) => child.once("exit", resolve));
        let printed = 0;
        const reached = new Promise<void>((resolve) => {
            createInterface({ input: child.stdout }).on("line", () => {
                if (++printed >= lines) {
                    resolve();
                }
            });
        });
        await Promise.race([ended, reached.then(() => delay(milliseconds))]);
        if (child.exitCode === null) {
            killTree(child.pid!);
        }
        await ended;
    }
});

/** Numbers from 0 to 1 that look random, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

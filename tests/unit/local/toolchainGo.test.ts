import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { goPart } from "../../../local/toolchain/goPart";
import { GoProgress } from "../../../local/toolchain/goProgress";
import { logsDir } from "../../../local/paths";
import { measured } from "../../../local/toolchain/steps";
import { inTemporaryFolder } from "../support/temporary";

describe("Programs built with Go", () => {
    const { PATH } = process.env;
    const log = `unit-test-go-${process.pid}`;
    afterEach(() => Object.assign(process.env, { PATH }));
    afterEach(() => fs.rmSync(path.join(logsDir, `${log}.log`), { force: true }));

    /** A module with three packages, and a `go` on PATH that prints a given text and records how it was called. */
    const inModule = (test: (module: string) => Promise<void>) =>
        inTemporaryFolder(async (folder) => {
            const module = path.join(folder, "module");
            const sizes = { small: 100, large: 300, cached: 5000 };
            const listed = Object.entries(sizes).map(([name, size]) => {
                const dir = path.join(module, name);
                fs.mkdirSync(dir, { recursive: true });
                fs.writeFileSync(path.join(dir, "main.go"), "x".repeat(size));
                const known = { ImportPath: `test/${name}`, Dir: dir, GoFiles: ["main.go"] };
                return {
                    ...known,
                    ...(name !== "cached" && { Stale: true, StaleReason: "stale dependency: test/x" }),
                };
            });
            fs.writeFileSync(path.join(module, "go.mod"), "module test\n");
            const json = path.join(folder, "list.json");
            fs.writeFileSync(json, listed.map((each) => JSON.stringify(each, undefined, "\t")).join("\n"));
            const go = [
                "#!/bin/sh",
                `echo "$1" >> ${folder}/calls`,
                `printf '%s\\n' "$@" > ${folder}/$1`,
                `[ "$1" = list ] && exec cat ${json}`,
                `while [ "$1" != -o ]; do shift; done`,
                `mkdir -p "$2" && touch "$2/large"`,
                "echo test/small >&2; echo '# a warning' >&2; echo test/large >&2",
            ];
            fs.writeFileSync(path.join(folder, "go"), go.join("\n"), { mode: 0o755 });
            process.env.PATH = `${folder}${path.delimiter}${PATH}`;
            await test(module);
        });
    const part = (module: string, changes: Partial<Parameters<typeof goPart>[0]> = {}) =>
        goPart({
            name: log,
            title: "Programs",
            expected: "a moment",
            module,
            packages: ["./large", "test/other"],
            goVersion: "go1.26.8",
            ...changes,
        });

    it("report how much of the uncached code they have started on, and with which package", async () => {
        await inModule(async (module) => {
            const reported: [number, string][] = [];
            const folder = path.join(module, "built");
            fs.mkdirSync(folder);
            await part(module).build(folder, (share, what) => reported.push([share, what]));
            assert.deepEqual(
                reported.map(([share, what]) => [Math.floor(100 * share), what]),
                [
                    [24, "test/small"],
                    [98, "test/large"],
                ],
                "linking is left",
            );
            const printed = fs.readFileSync(path.join(logsDir, `${log}.log`), "utf8");
            assert.match(printed, /\ntest\/small\n# a warning\ntest\/large\n$/);
        });
    });

    it("ask the cache about exactly the build that follows", async () => {
        await inModule(async (module) => {
            const folder = path.join(module, "built");
            fs.mkdirSync(folder);
            await part(module, { tags: "a,b", variables: { "test.version": "1" } }).build(folder);
            const [list, build] = ["list", "build"].map((command) =>
                fs
                    .readFileSync(path.join(module, "..", command), "utf8")
                    .trim()
                    .split("\n"),
            );
            const common = list!.slice(list!.indexOf("-trimpath"));
            assert.deepEqual(
                build!.filter((arg) => !["build", "-v", "-o", `${folder}/bin/`].includes(arg)),
                common,
            );
            assert.deepEqual(common.slice(-4), [
                "-ldflags=-s -w -X test.version=1",
                "-tags=a,b",
                "./large",
                "test/other",
            ]);
        });
    });

    it("are called by further names if one program contains several", async () => {
        await inModule(async (module) => {
            const folder = path.join(module, "built");
            fs.mkdirSync(folder);
            await part(module, { links: { large: ["one", "two"] } }).build(folder);
            for (const name of ["one", "two"]) {
                assert.equal(fs.readlinkSync(path.join(folder, "bin", name)), "large");
            }
        });
    });

    it("are built again when the code of any of our main packages, a flag or a name changes", async () => {
        await inModule((module) => {
            const before = part(module).folder;
            assert.equal(part(module).folder, before);
            assert.notEqual(part(module, { packages: ["./large"] }).folder, before);
            assert.notEqual(part(module, { tags: "a" }).folder, before);
            assert.notEqual(part(module, { links: { large: ["one"] } }).folder, before);
            fs.appendFileSync(path.join(module, "large", "main.go"), "y");
            assert.notEqual(part(module).folder, before);
            return Promise.resolve();
        });
    });

    it("have only linking left if everything is in the cache", () => {
        const program = {
            ...{ ImportPath: "a/main", Dir: __dirname, GoFiles: [path.basename(__filename)] },
            ...{ Stale: true, StaleReason: "not installed but available in build cache" },
        };
        const { isCached, share } = new GoProgress([{ ImportPath: "a", Dir: "/" }, program]);
        assert.deepEqual([isCached, share], [true, 0.98]);
    });

    it("estimate the time left from their pace so far", () => {
        assert.equal(measured(90_000, { share: 0.75, what: "a/b" }), "1m30s, 75%, about 30s left: a/b");
        assert.equal(measured(600_000, { share: 1, what: "main" }), "10m00s, 100%, about 0s left: main");
    });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectDir } from "../../../local/paths";
import { mochaRun } from "../../mochaRun";
import { inTemporaryFolder } from "../support/temporary";

const texts = {
    "good.test.js": 'it("passes", () => {});',
    "bad.test.js": 'it("fails", () => { throw new Error("no"); }); it("passes", () => {});',
    "hook.test.js":
        'describe("s", () => { before(() => { throw new Error("no"); }); it("never", () => {}); });',
};

describe("A mocha process that runs test files", () => {
    it("reports how many tests passed and failed, and in which files", () =>
        inTemporaryFolder(async (dir) => {
            const files = Object.entries(texts).map(([name, text]) => {
                fs.writeFileSync(path.join(dir, name), text);
                return path.relative(projectDir, path.join(dir, name));
            });
            const { failures, ...run } = await mochaRun(files, { output: "never" });
            assert.match(failures, /^ +2 failing\n[^]*1\) fails:\s+Error: no\n[^]*2\) s/);
            assert.doesNotMatch(failures, /passed/);
            const expected = { files, failedFiles: files.slice(1), passed: 2, failed: 2, pending: 0 };
            assert.deepEqual({ ...run, seconds: 0 }, { ...expected, seconds: 0 });
        }));
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { definePart, ensurePart, isBuilt, type PartDefinition } from "../../../local/toolchain/part";
import { inTemporaryFolder } from "../support/temporary";

describe("A part of the toolchain", () => {
    const part = (directory: string, changes: Partial<PartDefinition> = {}) =>
        definePart({
            directory,
            name: "tool",
            title: "Tool",
            expected: "a moment",
            inputs: ["v1"],
            sources: [],
            build: (folder) => fs.promises.writeFile(path.join(folder, "tool"), "built"),
            ...changes,
        });

    it("is named by what defines it, and by nothing else", () => {
        inTemporaryFolder((directory) => {
            const source = path.join(directory, "go.mod");
            fs.writeFileSync(source, "module a");
            const folder = () => part(directory, { sources: [source] }).folder;
            const before = folder();
            assert.match(path.basename(before), /^tool-[0-9a-f]{16}$/);
            assert.equal(folder(), before);
            assert.notEqual(part(directory, { sources: [source], inputs: ["v2"] }).folder, before);
            fs.writeFileSync(source, "module b");
            assert.notEqual(folder(), before);
        });
    });

    it("is built once", async () => {
        await inTemporaryFolder(async (directory) => {
            let builds = 0;
            const counted = part(directory, { build: () => Promise.resolve(void builds++) });
            assert.equal(isBuilt(counted), false);
            await ensurePart(counted);
            await ensurePart(counted);
            assert.equal(isBuilt(counted), true);
            assert.equal(builds, 1);
        });
    });

    it("does not count when its build failed, and is built again", async () => {
        await inTemporaryFolder(async (directory) => {
            const failing = part(directory, {
                build: async (folder) => {
                    await fs.promises.writeFile(path.join(folder, "half"), "");
                    throw new Error("no compiler");
                },
            });
            await assert.rejects(ensurePart(failing), /^Error: no compiler$/);
            assert.deepEqual(fs.readdirSync(directory), []);
            await ensurePart(part(directory));
            assert.deepEqual(fs.readdirSync(failing.folder), ["tool"]);
        });
    });

    it("removes its older builds and what dead processes left, and nothing else", async () => {
        await inTemporaryFolder(async (directory) => {
            const stale = ["tool-0123456789abcdef", `tool-0123456789abcdef.${deadProcess}.tmp`];
            const others = [
                `tool-0123456789abcdef.${process.ppid}.tmp`,
                "tool-box-0123456789abcdef",
                "notes",
            ];
            [...stale, ...others].forEach((name) => fs.mkdirSync(path.join(directory, name)));
            const built = part(directory);
            await ensurePart(built);
            assert.deepEqual(
                fs.readdirSync(directory).sort(),
                [...others, path.basename(built.folder)].sort(),
            );
        });
    });
});

/** Above the largest process id of Linux. */
const deadProcess = 2 ** 22 + 1;

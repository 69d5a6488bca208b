import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { explained, refusalIds } from "../../../stacks/refusal";
import { checkout, pageOf } from "./pages";

describe("docs/refusals.md", () => {
    it("has a section for each refusal, in their order, where its message leads", () => {
        const { text, anchors } = pageOf("docs/refusals.md");
        assert.deepEqual(
            [...text.matchAll(/^### (\S+)$/gm)].map(([, id]) => id),
            refusalIds,
        );
        for (const id of refusalIds) {
            const [, page, anchor] = /^See (\S+)#(\S+)$/.exec(explained(id))!;
            assert.equal(page, "docs/refusals.md");
            assert.ok(anchors.includes(anchor!), anchor);
        }
    });
});

describe("Each refusal", () => {
    const quoted = (pattern: string) => {
        const sources = fs.globSync(pattern, { cwd: checkout });
        const text = sources.map((file) => fs.readFileSync(path.join(checkout, file), "utf8")).join("\n");
        return refusalIds.filter((id) => new RegExp(`(id: |[rR]efus[^"]*|\\[[^\\]]*)"${id}"`).test(text));
    };

    it("is made by a guard", () => assert.deepEqual(quoted("stacks/{,guards/}!(refusal).ts"), refusalIds));

    it("is seen by a test", () => assert.deepEqual(quoted("tests/unit/{stacks,support}/*.ts"), refusalIds));
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { explained, formatFindings } from "../../../pki/rules/finding";
import { severities } from "../../caBundles";
import { checkout, pageOf } from "./pages";

describe("docs/rules.md", () => {
    const { text, anchors } = pageOf("docs/rules.md");
    const sections = [...text.matchAll(/^## (\S+)\n\n\*\*(Error|Warning)\.\*\*/gm)].map(
        ([, rule, severity]) => [rule!, severity!.toLowerCase()] as const,
    );

    it("has a section for each rule in the code, and for no other", () => {
        assert.deepEqual(sections.map(([rule]) => rule).sort(), rulesInCode());
    });

    it("says how severe each is", () => {
        assert.deepEqual(Object.fromEntries(sections), severities);
    });

    it("is where each finding's message leads", () => {
        for (const [rule, severity] of sections) {
            const finding = { rule, severity, file: "a.pem", found: "b", effect: "C.", remedy: "D." };
            const shown = formatFindings([finding as Parameters<typeof formatFindings>[0][number]]);
            const [last] = shown.split("\n").slice(-1);
            assert.equal(last, `    ${explained(rule)}`);
            const [, page, anchor] = /^See (\S+)#(\S+)$/.exec(explained(rule))!;
            assert.equal(page, "docs/rules.md");
            assert.ok(anchors.includes(anchor!), anchor);
        }
    });
});

/** The ids that findings are made with: by `rule: "id"`, one of two, or `refused("id", …)`. */
function rulesInCode(): string[] {
    const files = fs.globSync("{pki/rules,review}/*.ts", { cwd: checkout });
    const ids = files.flatMap((file) => {
        const source = fs.readFileSync(path.join(checkout, file), "utf8");
        return [...source.matchAll(/(?:\brule: |\brefused\()([^\n,]+)/g)].flatMap(([, value]) =>
            [...value!.matchAll(/"([a-z-]+)"/g)].map(([, id]) => id!),
        );
    });
    return [...new Set(ids)].sort();
}

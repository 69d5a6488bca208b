import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

const { sources } = createRequire(__filename)("../../program/bundle.cjs") as { sources: string[] };

const checkout = path.resolve(__dirname, "..", "..");

/** Which folder imports from which, as CONTRIBUTING.md draws it; `.` is what lies beside README.md. */
const arrows: Record<string, string[]> = {
    pki: [],
    kube: ["pki"],
    verify: ["kube", "pki", "program"],
    components: ["pki", "verify"],
    plugin: ["components"],
    config: ["components", "kube", "pki"],
    stacks: ["components", "config", "kube", "pki", "verify"],
    ".": ["config", "stacks"],
    operations: ["components", "config", "kube", "pki", "review", "stacks", "verify"],
    cli: ["components", "config", "kube", "operations", "pki", "review"],
    policy: ["pki"],
    review: ["components", "pki", "stacks"],
};

describe("The folders", () => {
    it("that the program and its commands import are all part of what their bundle is made of", () => {
        const needed = [".", "verify"];
        for (const folder of needed) {
            needed.push(...(arrows[folder] ?? []).filter((each) => !needed.includes(each)));
        }
        const missing = needed.filter((folder) => folder !== "." && !sources.includes(folder));
        assert.deepEqual(missing, []);
    });

    for (const [folder, allowed] of Object.entries(arrows)) {
        it(`${folder === "." ? "of the program" : folder} imports from ${allowed.join(", ") || "no other"}`, () => {
            const pattern = folder === "." ? "*.ts" : `${folder}/**/*.ts`;
            const files = fs.globSync(pattern, { cwd: checkout });
            assert.ok(files.length > 0);
            const imports = files.flatMap((file) => importedFolders(file).map((to) => ({ file, to })));
            assert.deepEqual(
                imports.filter(({ to }) => ![folder, ...allowed].includes(to)),
                [],
            );
            // An arrow that nothing takes would let anything through, and so would a pattern that finds no import.
            assert.deepEqual(
                allowed.filter((each) => !imports.some(({ to }) => to === each)),
                [],
            );
        });
    }
});

/** The folders of what a file imports from this project. */
function importedFolders(file: string): string[] {
    const text = fs.readFileSync(path.join(checkout, file), "utf8");
    const imported = [...text.matchAll(/(?:from|import|import\(|require\()\s*"(\.[^"]*)"/g)];
    return imported.map(([, specifier]) => {
        const [first, ...rest] = path.join(path.dirname(file), specifier!).split(path.sep);
        return rest.length > 0 || fs.existsSync(path.join(checkout, first!, "index.ts")) ? first! : ".";
    });
}

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
    operations: ["components", "config", "kube", "pki", "report", "review", "stacks", "verify"],
    cli: ["components", "config", "kube", "operations", "pki", "program", "report", "review"],
    policy: ["pki"],
    report: ["pki", "stacks", "verify"],
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

describe("What operations do", () => {
    it("knows no terminal, no argument and no exit status", () => {
        const terminal =
            /"(commander|listr2|cli-table3|node:readline)"|\bconsole\.|\bprocess\.(std|argv|exit)/;
        for (const file of fs.globSync("{operations,report,review}/**/*.ts", { cwd: checkout })) {
            assert.doesNotMatch(fs.readFileSync(path.join(checkout, file), "utf8"), terminal, file);
        }
    });
});

describe("What pki knows", () => {
    it("is X.509 and Istio: no Pulumi, no npm script and no setting of this project", () => {
        for (const file of fs.globSync("pki/**/*.ts", { cwd: checkout })) {
            const text = fs.readFileSync(path.join(checkout, file), "utf8");
            assert.doesNotMatch(text, /pulumi|\bnpm\b|\bsettings?\b|\bstacks?\b/i, file);
        }
    });
});

describe("The files", () => {
    it("import each other in no circle", () => {
        const files = fs.globSync("{*,*/**/*}.ts", { cwd: checkout, exclude: ["node_modules", "dist"] });
        assert.ok(files.length > 300, `${files.length} files`);
        const graph = new Map(files.map((file) => [file, importedFiles(file)]));
        assert.ok(graph.get("index.ts")!.includes("config/index.ts"));
        assert.deepEqual(circles(graph), []);
    });

    it("are found where they do", () => {
        const graph = { a: ["b"], b: ["c", "d"], c: ["a"], d: ["e"], e: [], f: ["g"], g: ["f"] };
        assert.deepEqual(circles(new Map(Object.entries(graph))), [
            ["a", "b", "c"],
            ["f", "g"],
        ]);
    });
});

/** The sets of files that each reach all of their set by imports. */
function circles(graph: Map<string, string[]>): string[][] {
    const reached = new Map([...graph.keys()].map((file) => [file, reach(graph, file)]));
    const found = [...graph.keys()].map((file) =>
        [...reached.get(file)!].filter((each) => reached.get(each)?.has(file)).sort(),
    );
    const distinct = new Map(found.map((circle) => [circle.join(), circle]));
    return [...distinct.values()].filter(({ length }) => length > 0).sort();
}

/** What a file imports, itself or by others. */
function reach(graph: Map<string, string[]>, file: string, found = new Set<string>()): Set<string> {
    for (const each of (graph.get(file) ?? []).filter((next) => !found.has(next))) {
        reach(graph, each, found.add(each));
    }
    return found;
}

/** The files of this project that one imports. */
function importedFiles(file: string): string[] {
    return specifiers(file).flatMap((specifier) => {
        const target = path.join(path.dirname(file), specifier);
        const names = [target, `${target}.ts`, path.join(target, "index.ts")];
        return names.find((name) => /\.ts$/.test(name) && fs.existsSync(path.join(checkout, name))) ?? [];
    });
}

/** The folders of what a file imports from this project. */
function importedFolders(file: string): string[] {
    return specifiers(file).map((specifier) => {
        const [first, ...rest] = path.join(path.dirname(file), specifier).split(path.sep);
        return rest.length > 0 || fs.existsSync(path.join(checkout, first!, "index.ts")) ? first! : ".";
    });
}

function specifiers(file: string): string[] {
    const text = fs.readFileSync(path.join(checkout, file), "utf8");
    const imported = [...text.matchAll(/(?:from|import|import\(|require\()\s*"(\.[^"]*)"/g)];
    return imported.map(([, specifier]) => specifier!);
}

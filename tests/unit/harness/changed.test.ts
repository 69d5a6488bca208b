import assert from "node:assert/strict";
import * as fs from "node:fs";
import { build } from "esbuild";
import { projectDir } from "../../../local/paths";
import { changedSince, Uses, using } from "../../changed";
import { nameOf } from "../../groups";

const tests = fs.globSync("tests/integration/**/*.test.ts", { cwd: projectDir }).sort();

describe("npm test -- --changed", () => {
    const uses = new Uses();
    const chosen = (...changed: string[]) => using(changed, tests, uses).map(nameOf);

    it("chooses the tests that import a changed file, directly or by another one", () => {
        assert.deepEqual(chosen("tests/integration/pair.ts"), ["links", "renewal", "revocation", "rotation"]);
        const rotation = chosen("operations/rotation/rotate.ts");
        assert.ok(
            rotation.includes("rotation") && !rotation.includes("kubernetesPlugin"),
            rotation.join(" "),
        );
        assert.deepEqual(chosen("tests/integration/hsm.test.ts"), ["hsm"]);
    });

    it("finds every import that esbuild finds", async () => {
        const { metafile } = await build({
            absWorkingDir: projectDir,
            stdin: {
                contents: tests.map((test) => `import "./${test}";`).join("\n"),
                resolveDir: projectDir,
            },
            bundle: true,
            metafile: true,
            write: false,
            packages: "external",
            external: ["@pulumi/*"],
            platform: "node",
            logLevel: "silent",
        });
        const files = Object.entries(metafile.inputs).filter(([file]) => file !== "<stdin>");
        assert.ok(files.length > 300, `${files.length} files`);
        for (const [file, { imports }] of files) {
            const imported = imports.filter(({ external }) => !external).map((each) => each.path);
            const known = uses.of(file);
            assert.deepEqual(
                imported.filter((each) => !known.includes(each)),
                [],
                file,
            );
        }
    });

    it("chooses those that run it as the Pulumi program, a command, a workflow or a package", () => {
        for (const test of ["mesh", "rotation", "fleet", "package"]) {
            assert.ok(chosen("components/rootCa.ts").includes(test), test);
        }
        assert.ok(chosen("cli/rotate.ts").includes("rotation"));
        assert.deepEqual(chosen(".github/workflows/up.yml"), ["pipelines", "workflows"]);
        assert.ok(chosen("plugin/schema.ts").includes("schema"));
        assert.ok(chosen("examples/ca-only/index.ts").includes("examples"));
    });

    it("chooses none for what only readers and unit tests use", () => {
        assert.deepEqual(chosen("CONTRIBUTING.md", "tests/unit/imports.test.ts", ".ci/run"), []);
        assert.deepEqual(chosen(), []);
    });

    it("chooses all for what all depend on, and for a file of which nobody knows who uses it", () => {
        for (const file of ["package-lock.json", "tests/load/main.go", "new/file.ts", "local/run.cjs"]) {
            assert.equal(chosen(file).length, tests.length, file);
        }
    });

    it("names a commit that git does not know", async () => {
        await assert.rejects(
            changedSince("no-such-commit"),
            /--changed names no-such-commit, which git does not/,
        );
    });
});

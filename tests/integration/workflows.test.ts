import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../../local/paths";
import { istioVersion } from "../../local/toolchain/goPrograms";

const files = fs.globSync(".github/{workflows/*.yml,actions/*/action.yml}", { cwd: projectDir }).sort();
const texts = files.map((file) => fs.readFileSync(path.join(projectDir, file), "utf8"));

describe("The workflows", function () {
    this.timeout("5m");

    it("pass actionlint", async () => {
        const workflows = files.filter((file) => file.includes("workflows"));
        assert.ok(workflows.length > 0);
        const { all, exitCode } = await actionlint(...workflows.map((file) => path.join(projectDir, file)));
        assert.equal(exitCode, 0, all);
    });

    it("would not pass with a fault", async () => {
        const faulty = texts[files.indexOf(".github/workflows/stack.yml")]!.replace(
            "inputs.stack",
            "inputs.stak",
        );
        const { all, exitCode } = await actionlint({ input: faulty });
        assert.equal(exitCode, 1);
        assert.match(all, /property "stak" is not defined/);
    });

    it("use others' actions by their commits", () => {
        const used = texts.flatMap((text) =>
            [...text.matchAll(/uses: (\S+.*)/g)].map(([, action]) => action!),
        );
        const foreign = used.filter((action) => !action.startsWith("./.github/"));
        assert.ok(foreign.length > 0);
        for (const action of foreign) {
            assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        }
    });

    it("run npm scripts that are there, and the versions that are tested", () => {
        const { scripts, devDependencies } = JSON.parse(
            fs.readFileSync(path.join(projectDir, "package.json"), "utf8"),
        ) as { scripts: Record<string, string>; devDependencies: Record<string, string> };
        const run = texts.flatMap((text) =>
            [...text.matchAll(/npm run (\S+)/g)].map(([, script]) => script!),
        );
        assert.deepEqual([...new Set(run)].sort(), ["destroy", "review", "up", "verify"]);
        assert.deepEqual(
            run.filter((script) => !(script in scripts)),
            [],
        );
        const setup = texts[files.indexOf(".github/actions/setup/action.yml")]!;
        assert.equal(/pulumi-version: (\S+)/.exec(setup)![1], devDependencies["@pulumi/pulumi"]);
        assert.equal(/ISTIO_VERSION: (\S+)/.exec(setup)![1], istioVersion);
    });

    it("give nothing to forks", () => {
        assert.ok(texts.every((text) => !text.includes("pull_request_target")));
        const preview = texts[files.indexOf(".github/workflows/preview.yml")]!;
        assert.match(preview, /if: github\.event\.pull_request\.head\.repo\.full_name == github\.repository/);
    });

    /** Built by Go, which caches it, from what go.sum pins. Without shellcheck, which may be there or not. */
    function actionlint(...args: (string | { input: string })[]) {
        const [input] = args.filter((arg) => typeof arg === "object");
        const names = args.filter((arg) => typeof arg === "string");
        return execa("go", ["tool", "actionlint", "-shellcheck=", "-no-color", ...(input ? ["-"] : names)], {
            cwd: path.join(projectDir, "tests", "actionlint"),
            env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -trimpath", GOWORK: "off" },
            all: true,
            reject: false,
            ...input,
        });
    }
});

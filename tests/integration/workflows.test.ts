import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { projectDir } from "../../local/paths";
import { istioVersion } from "../../local/toolchain/goPrograms";

const files = fs.globSync(".github/{workflows/*.yml,actions/*/action.yml}", { cwd: projectDir }).sort();
interface Job {
    if?: string;
    needs?: string;
    environment?: string;
    concurrency?: string;
    uses?: string;
    with?: { command: string; stacks?: string };
    strategy?: { "fail-fast": boolean; "max-parallel"?: number; matrix: { command?: string[] } };
    steps?: { id?: string; if?: string; run?: string }[];
}

interface Workflow {
    on: { workflow_dispatch?: { inputs: Record<string, { type: string }> } };
    jobs: Record<string, Job>;
}

function workflow(name: string): Workflow {
    return parse(texts[files.indexOf(`.github/workflows/${name}.yml`)]!) as Workflow;
}

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

    it("pin others' actions to commits", () => {
        const used = texts.flatMap((text) =>
            [...text.matchAll(/uses: (\S+.*)/g)].map(([, action]) => action!),
        );
        const foreign = used.filter((action) => !action.startsWith("./.github/"));
        assert.ok(foreign.length > 0);
        for (const action of foreign) {
            assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        }
    });

    it("run npm scripts that exist, and the versions that are tested", () => {
        const { scripts, devDependencies } = JSON.parse(
            fs.readFileSync(path.join(projectDir, "package.json"), "utf8"),
        ) as { scripts: Record<string, string>; devDependencies: Record<string, string> };
        const run = texts.flatMap((text) =>
            [...text.matchAll(/npm run (?:--silent )?(\S+)/g)].map(([, script]) => script!),
        );
        assert.deepEqual([...new Set(run)].sort(), [
            ...["destroy", "review", "rotate", "test:unit", "up", "verify", "waves"],
        ]);
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
        for (const [name, job] of Object.entries(workflow("preview").jobs).filter(
            ([, { needs }]) => !needs,
        )) {
            const own = "github.event.pull_request.head.repo.full_name == github.repository && ";
            assert.ok(job.if?.startsWith(own), name);
        }
    });

    it("give root's secrets only to pull requests that somebody has looked at", () => {
        const { jobs } = workflow("preview");
        for (const [name, job] of Object.entries(jobs)) {
            const [text, whole] = [JSON.stringify(job.steps), JSON.stringify(job)];
            assert.equal(whole.includes("secrets."), job.environment !== undefined, name);
            if (whole.includes("secrets.") && name !== "root") {
                assert.equal(job.environment, "preview");
                assert.doesNotMatch(whole, /ROOT_STACK/);
                // Without names it would be all stacks, root among them.
                assert.match(text, /npm run review -- --out review\.md \\"\$\{clusters\[@\]\}\\"/);
            }
        }
        assert.equal(jobs["root"]!.environment, "root-preview");
        assert.equal(jobs["root"]!.needs, "reviewers");
        assert.equal(jobs["root"]!.if, "needs.reviewers.outputs.required == 'true'");
    });

    it("know whether an environment has required reviewers", async () => {
        const script = workflow("preview").jobs["reviewers"]!.steps![0]!.run!;
        const rule = (type: string) =>
            `{"name": "root-preview", "protection_rules": [{"id": 1, "type": "${type}"}]}`;
        assert.equal(await required(`echo '${rule("required_reviewers")}'`), "required=true\n");
        assert.equal(
            await required(`echo '${rule("required_reviewers").replaceAll(" ", "")}'`),
            "required=true\n",
        );
        assert.equal(await required(`echo '${rule("wait_timer")}'`), "required=false\n");
        assert.equal(await required("echo 'gh: Not Found (HTTP 404)' >&2; exit 1"), "required=false\n");

        async function required(gh: string): Promise<string> {
            const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gh-"));
            try {
                fs.writeFileSync(path.join(dir, "gh"), `#!/bin/sh\n${gh}\n`, { mode: 0o755 });
                const output = path.join(dir, "output");
                const env = {
                    PATH: `${dir}:${process.env["PATH"]}`,
                    GITHUB_OUTPUT: output,
                    GITHUB_REPOSITORY: "o/r",
                };
                // As GitHub starts it if no shell is named.
                await execa("bash", ["-e", "-c", script], { env });
                return fs.readFileSync(output, "utf8");
            } finally {
                fs.rmSync(dir, { recursive: true });
            }
        }
    });

    it("let no job that only reads cancel one that changes something, or run with its secrets", () => {
        const { run } = workflow("stack").jobs;
        assert.equal(run!.concurrency, "${{ inputs.command }}-${{ inputs.stack }}");
        const commands = (name: string) =>
            Object.values(workflow(name).jobs).flatMap(({ with: given, strategy }) =>
                given === undefined ? [] : (strategy?.matrix.command ?? [given.command]),
            );
        const looks = new Set([...commands("drift"), ...commands("rotate")]);
        assert.deepEqual([...looks].sort(), ["review", "verify"]);
        const changes = [...commands("wave"), ...commands("destroy")];
        assert.deepEqual([...new Set(changes)].sort(), ["destroy", "up"]);
        assert.equal(
            run!.environment,
            `\${{ contains(fromJSON('["up", "destroy"]'), inputs.command) && inputs.stack || 'drift' }}`,
        );
        // A job outside of stack.yml that has a group of its own would share it.
        for (const name of ["up", "wave", "drift", "destroy"]) {
            assert.ok(
                Object.values(workflow(name).jobs).every(({ concurrency }) => concurrency === undefined),
            );
        }
    });

    it("bring clusters up in the waves of the settings, one by one, with root signing once in each", async () => {
        const { waves, wave } = workflow("up").jobs;
        const script = waves!.steps!.find(({ id }) => id === "waves")!.run!;
        assert.deepEqual(await wavesOf(script, ["canary", "eu-1", "eu-2", "us-1"]), [
            { stacks: ["canary"] },
            { stacks: ["eu-1", "eu-2"] },
            { stacks: ["us-1"] },
        ]);
        await assert.rejects(wavesOf(script, ["asia-1"]), /There is no stack asia-1/);
        assert.deepEqual([wave!.needs, wave!.uses], ["waves", "./.github/workflows/wave.yml"]);
        assert.deepEqual(wave!.strategy!["max-parallel"], 1);
        assert.equal(wave!.strategy!["fail-fast"], true);
        assert.equal(wave!.with!.stacks, "${{ toJSON(matrix.wave.stacks) }}");
        const { ask, sign, "plug-in": plugIn } = workflow("wave").jobs;
        assert.deepEqual([ask!.needs, sign!.needs, plugIn!.needs], [undefined, "ask", "sign"]);
        assert.equal(sign!.strategy, undefined);
        for (const job of [ask, plugIn]) {
            assert.equal(job!.strategy!["fail-fast"], false);
            assert.match(String(job!.strategy!["max-parallel"]), /vars\.MAX_PARALLEL/);
        }

        async function wavesOf(run: string, clusters: string[]): Promise<unknown> {
            const dir = fs.mkdtempSync(path.join(os.tmpdir(), "waves-"));
            try {
                fs.writeFileSync(path.join(dir, "Pulumi.yaml"), "name: istio-plugin-ca\n");
                for (const stack of ["canary", "eu-1", "eu-2", "us-1", "root"]) {
                    const own =
                        stack === "root"
                            ? "role: root\n  istio-plugin-ca:waves: [canary, eu-*]"
                            : "role: cluster";
                    const text = `config:\n  istio-plugin-ca:${own}\n`;
                    fs.writeFileSync(path.join(dir, `Pulumi.${stack}.yaml`), text);
                }
                const output = path.join(dir, "output");
                const env = {
                    CLUSTERS: clusters.join(" "),
                    ISTIO_PLUGIN_CA_PROJECT: dir,
                    GITHUB_OUTPUT: output,
                };
                await execa("bash", ["-e", "-c", run], { env, cwd: projectDir });
                const [, json] = /^waves=(.*)\n$/.exec(fs.readFileSync(output, "utf8"))!;
                return JSON.parse(json!) as unknown;
            } finally {
                fs.rmSync(dir, { recursive: true });
            }
        }
    });

    it("release a tag only if it is the version, and with what the changelog says of it", async () => {
        const { release } = workflow("release").jobs;
        const script = release!.steps!.find(({ id }) => id === "notes")!.run!;
        const { version } = JSON.parse(fs.readFileSync("package.json", "utf8")) as { version: string };
        const changelog = fs.readFileSync("CHANGELOG.md", "utf8");
        const notes = await notesOf(`v${version}`, changelog);
        assert.match(notes, /^\n### Added\n\n- /);
        assert.doesNotMatch(notes, /^## /m);
        assert.ok(changelog.includes(notes));
        await assert.rejects(notesOf("v9.9.9", changelog), /The tag is v9\.9\.9, and package\.json says /);
        const without = changelog.replace(`## [${version}]`, "## [9.9.9]");
        await assert.rejects(notesOf(`v${version}`, without), /CHANGELOG\.md has nothing on /);

        async function notesOf(tag: string, text: string): Promise<string> {
            const dir = fs.mkdtempSync(path.join(os.tmpdir(), "release-"));
            try {
                fs.copyFileSync("package.json", path.join(dir, "package.json"));
                fs.writeFileSync(path.join(dir, "CHANGELOG.md"), text);
                const env = { GITHUB_REF_NAME: tag, RUNNER_TEMP: dir };
                await execa("bash", ["-e", "-c", script], { env, cwd: dir });
                return fs.readFileSync(path.join(dir, "notes.md"), "utf8");
            } finally {
                fs.rmSync(dir, { recursive: true });
            }
        }
    });

    it("destroy an existing stack, after its name was typed twice", () => {
        const { on, jobs } = workflow("destroy");
        assert.equal(on.workflow_dispatch!.inputs["stack"]!.type, "environment");
        const [unknown, unconfirmed] = jobs["check"]!.steps!;
        assert.match(
            unknown!.if!,
            /inputs\.stack != vars\.ROOT_STACK && !contains\(fromJSON\(vars\.CLUSTERS/,
        );
        assert.equal(unconfirmed!.if, "inputs.confirm != inputs.stack");
        assert.ok([unknown, unconfirmed].every((step) => /exit 1\n$/.test(step!.run!)));
        assert.equal(jobs["destroy"]!.needs, "check");
        const run = workflow("stack").jobs["run"]!.steps!.map((step) => step.run);
        assert.ok(run.includes('npm run destroy -- --yes "$STACK"'));
    });

    /** Built by Go, which caches it, from what go.sum pins. Without shellcheck, which may be installed or not. */
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

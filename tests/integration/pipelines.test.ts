import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { binDir } from "../../local/paths";
import { Project } from "../../operations/project/project";
import { stackOutputs } from "../../operations/project/stackOutputs";
import { freshProject, mergeSettings } from "./fixture";
import { WorkflowRun } from "./workflowRun";

const clusters = ["canary", "c1"];

/** The jobs of the workflows by their own commands, on stacks without a mesh, which show what is signed and plugged in. */
describe("The jobs of the workflows", function () {
    this.timeout("10m");
    let project: Project;
    let run: WorkflowRun;

    before(async () => {
        const cluster = { role: "cluster", deploy: false };
        project = await freshProject("pipelines", {
            root: { role: "root", clusters, waves: ["canary"] },
            ...Object.fromEntries(clusters.map((name) => [name, cluster])),
        });
        await project.each(["root", ...clusters], (name) => project.openOrCreate(name));
        const bin = path.join(project.dir, "bin");
        fs.mkdirSync(bin);
        // What pull requests are made with on GitHub.
        fs.writeFileSync(path.join(bin, "gh"), `#!/bin/sh\nprintf '%s\\n' "$@" >>${project.dir}/gh\n`, {
            mode: 0o755,
        });
        const origin = path.join(project.dir, "origin");
        await git("init", "--quiet", "--bare", origin);
        await git("init", "--quiet", "--initial-branch=main");
        await git("add", "Pulumi.yaml", "stacks");
        await git(
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "commit",
            "--quiet",
            "--message",
            "Start",
        );
        await git("remote", "add", "origin", origin);
        run = await WorkflowRun.in({
            vars: { CLUSTERS: JSON.stringify(clusters), ROOT_STACK: "root" },
            dir: project.dir,
            env: {
                PATH: [bin, binDir, process.env["PATH"]].join(path.delimiter),
                ISTIO_PLUGIN_CA_PROJECT: project.dir,
            },
        });
    });

    beforeEach(() => {
        run.done.length = 0;
    });

    it("bring clusters up wave by wave, root once in each", async () => {
        await succeeds("up.yml");
        assert.deepEqual(run.done.slice(1), [...["canary", "root", "canary", "c1", "root", "c1"].map(up)]);
        for (const name of clusters) {
            assert.equal((await stackOutputs(project, name)).status, "CA signed", name);
        }
    });

    it("begin no wave after one that failed", async () => {
        mergeSettings(project, { canary: { generation: 2, keyAlgorithm: "DSA" }, c1: { generation: 2 } });
        const { wave } = await run.of("up.yml");
        assert.equal(wave!.result, "failure");
        assert.deepEqual(run.done.slice(1), [up("canary")]);
        assert.match(run.failed.at(-1)!, /keyAlgorithm is "DSA"/);
        mergeSettings(
            project,
            Object.fromEntries(clusters.map((name) => [name, { keyAlgorithm: undefined, generation: 1 }])),
        );
    });

    it("propose no step of a rotation unless every cluster is verified, as none is without a mesh", async () => {
        const { verify, propose } = await run.of("rotate.yml");
        assert.deepEqual([verify!.result, propose!.result], ["failure", "skipped"]);
        assert.deepEqual(
            run.done,
            clusters.map((name) => `npm run verify -- ${name}`),
        );
    });

    it("propose the steps of a rotation as pull requests, each once the previous one is taken", async () => {
        await git("commit", "--all", "--quiet", "--message", "What up has left");
        await succeeds("rotate.yml", verified);
        assert.deepEqual(pullRequest(), "Trust root-2 along with root");
        const { stdout } = await git("show", "--format=%s", "HEAD");
        assert.match(
            stdout,
            /^Trust root-2 along with root\n[^]*^\+ {2}istio-plugin-ca:roots:\n\+ +- root\n\+ +- root-2$/m,
        );
        assert.equal(stdout.match(/^diff /gm)?.length, 1);
        await merged();
        const { propose } = await run.of("rotate.yml", {}, verified);
        assert.equal(propose!.result, "failure");
        assert.match(
            run.failed.at(-1)!,
            /root, root-2, signed by root, which root has not taken\. Bring the stacks up first/,
        );
        await succeeds("up.yml");
        await succeeds("rotate.yml", verified);
        assert.deepEqual(pullRequest(), "Sign with root-2");
        await git("switch", "--quiet", "main");
        await succeeds("rotate.yml", {}, { back: true });
        assert.deepEqual(pullRequest(), "Trust root alone");
    });

    function up(name: string): string {
        return `npm run up -- ${name}`;
    }

    async function succeeds(name: string, given = {}, inputs = {}): Promise<void> {
        const { verify, ...jobs } = await run.of(name, inputs, given);
        const results = Object.values(jobs).map(({ result }) => result);
        assert.deepEqual([...new Set(results)], ["success"], run.failed.at(-1));
        assert.equal(verify === undefined, name !== "rotate.yml");
    }

    /** The title of the last one. */
    function pullRequest(): string | undefined {
        const created = fs.readFileSync(path.join(project.dir, "gh"), "utf8");
        return [...created.matchAll(/^--title\n(.*)$/gm)].at(-1)?.[1];
    }

    async function merged(): Promise<void> {
        const { stdout } = await git("branch", "--show-current");
        await git("switch", "--quiet", "main");
        await git("merge", "--quiet", "--no-edit", stdout);
    }

    function git(...args: string[]) {
        return execa("git", args, { cwd: project.dir });
    }
});

/** What the meshes of clusters would say. */
const verified = { verify: { result: "success" as const, outputs: {} } };

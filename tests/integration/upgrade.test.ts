import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { localDir, projectDir } from "../../local/paths";
import { Project } from "../../operations/project/project";
import { freshProject, Outcome, pulumi } from "./fixture";

/** What 0.1.0 was: a commit whose stacks this version takes over. */
const earlier = "4bd6202b0a5f303e70f46c51fb4db6b6c9a8d451";

const dir = path.join(localDir, "tests", "upgrade");
const earlierDir = path.join(dir, "earlier");

interface Step {
    op: string;
    urn: string;
    newState?: { type: string; inputs?: Inputs };
}

interface Inputs {
    triggers?: unknown;
    metadata?: { name?: unknown; namespace?: unknown };
}

const away = { kubeconfig: path.join(dir, "kubeconfig"), context: "none" };
const stacks = {
    root: { role: "root", clusters: ["cluster1"] },
    cluster1: { role: "cluster", deploy: false },
    alone: { role: "standalone", deploy: false },
    mesh: { role: "standalone", ...away },
};

describe("Stacks that version 0.1.0 made", function () {
    this.timeout("10m");
    let project: Project;

    before(async function () {
        const { exitCode } = await execa("git", ["cat-file", "-e", `${earlier}^{commit}`], {
            cwd: projectDir,
            reject: false,
        });
        if (exitCode !== 0) {
            console.log(`      This clone has no commit ${earlier}: git fetch --unshallow`);
            this.skip();
        }
        project = await freshProject("upgrade", stacks);
        fs.mkdirSync(earlierDir);
        const archive = await execa("git", ["archive", earlier], { cwd: projectDir, encoding: "buffer" });
        await execa("tar", ["-x", "-C", earlierDir], { input: archive.stdout });
        await inVersion(earlierDir, async () => {
            for (const stack of Object.keys(stacks)) {
                await succeed(stack, "stack", "init");
            }
            for (const stack of ["cluster1", "root", "cluster1", "alone"]) {
                await succeed(stack, "up", "--yes", "--skip-preview");
            }
        });
    });

    for (const stack of ["root", "cluster1", "alone"]) {
        it(`are taken over without a replacement or deletion: ${stack}`, async () => {
            const before = await certificates(stack);
            assert.ok(before.length > 0);
            const steps = await preview(stack);
            // What is discarded was a look at another stack's outputs, which made nothing.
            const discarded = steps.filter(({ op }) => op === "discard");
            discarded.forEach((step) => assert.match(brief(step), /^discard pulumi:pulumi:StackReference /));
            assert.deepEqual(
                steps.filter(({ op }) => !["same", "update", "create", "discard"].includes(op)).map(brief),
                [],
            );
            await succeed(stack, "up", "--yes", "--skip-preview");
            assert.deepEqual(await certificates(stack), before);
            await succeed(stack, "preview", "--expect-no-changes");
        });
    }

    it("have resources of the same names in a mesh, which nothing replaces", async () => {
        const all = await inVersion(earlierDir, () => preview("mesh"));
        const old = all.filter(({ op }) => op === "create");
        const current = new Map((await preview("mesh")).map((step) => [step.urn, replacing(step)]));
        assert.ok(old.length > 15, `${old.length}`);
        const different = old.filter(
            (step) => JSON.stringify(current.get(step.urn)) !== JSON.stringify(replacing(step)),
        );
        assert.deepEqual(
            different.map((step) => [brief(step), replacing(step), current.get(step.urn)]),
            [],
        );
    });

    /** Runs the program of a checkout, with the settings that it declares. */
    async function inVersion<T>(checkout: string, run: () => Promise<T>): Promise<T> {
        const file = path.join(project.dir, "Pulumi.yaml");
        const current = fs.readFileSync(file, "utf8");
        const manifest = parse(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8")) as object;
        const main = path.relative(project.dir, path.join(checkout, "index.ts"));
        fs.writeFileSync(file, stringify({ ...manifest, main, stackConfigDir: "stacks" }));
        try {
            return await run();
        } finally {
            fs.writeFileSync(file, current);
        }
    }

    async function succeed(stack: string, ...args: string[]): Promise<string> {
        const { exitCode, output }: Outcome = await pulumi(project, stack, ...args);
        assert.equal(exitCode, 0, output);
        return output;
    }

    async function preview(stack: string): Promise<Step[]> {
        const output = await succeed(stack, "preview", "--json");
        return (JSON.parse(output.slice(output.indexOf("{"))) as { steps: Step[] }).steps;
    }

    /** The certificates and the requests in a stack's state, which stand for its keys. */
    async function certificates(stack: string): Promise<string[]> {
        const { deployment } = JSON.parse(await succeed(stack, "stack", "export")) as {
            deployment: { resources: { outputs?: { certPem?: string; certRequestPem?: string } }[] };
        };
        const outputs = deployment.resources.map((each) => each.outputs);
        return outputs.flatMap((each) => each?.certPem ?? each?.certRequestPem ?? []).sort();
    }
});

function brief({ op, urn }: Step): string {
    return `${op} ${urn.split("::").slice(2).join(" ")}`;
}

/** The inputs of a resource whose change replaces it. */
function replacing({ newState }: Step) {
    const { triggers, metadata } = newState?.inputs ?? {};
    return { triggers, name: metadata?.name, namespace: metadata?.namespace };
}

import assert from "node:assert/strict";
import { proveLinks } from "../../../operations/linkProof";
import type { Project } from "../../../operations/project/project";
import type { Task } from "../../../operations/progress";
import { Authority, authority, files } from "../../caAuthority";
import { silent } from "../../../operations/progress";

type History = { kind: string; result: string }[];

const time = "2026-11-27T08:00:00.000Z";

describe("The proof that linked clusters trust each other", () => {
    it("is not asked for if nothing links what was brought up", async () => {
        assert.deepEqual(await proveLinks(project({}), { limits: limits("c9") }), []);
        assert.deepEqual(await proveLinks(project({}), { limits: new Map() }), []);
    });

    it("expects nothing of a cluster whose up failed, because a later wave brings it up", async () => {
        const failed = project({ c2: [{ kind: "update", result: "failed" }] });
        assert.deepEqual(await skipped(failed, "c1"), ["without c2 there are no two clusters"]);
        const killed = project({ c2: [] });
        assert.deepEqual(await skipped(killed, "c1"), ["without c2 there are no two clusters"]);
        const whole = project({ c2: [{ kind: "update", result: "succeeded" }] });
        assert.deepEqual(await skipped(whole, "c1"), [undefined]);
        // What was brought up just now, or is in no later wave, is judged by the proof alone.
        assert.deepEqual(await skippedLater([], failed, "c1"), [undefined]);
        assert.deepEqual(await skipped(failed, "c1", "c2"), [undefined]);
    });

    it("is skipped if only one of two clusters is not left out", async () => {
        const [task] = await proveLinks(project({}), { limits: limits("c1"), without: ["c2"] });
        assert.deepEqual(await reasons(task!), ["without c2 there are no two clusters"]);
    });
    it("is skipped while migrating clusters reject each other, and only then", async () => {
        const [east, west] = [
            await authority({ subject: "CN=East" }),
            await authority({ subject: "CN=West" }),
        ];
        const bundle = async (root: Authority) => {
            const ca = await authority({ subject: "CN=CA" }, root);
            return { files: await files(ca, root) };
        };
        const apart = project({}, { c1: await bundle(east), c2: await bundle(west) });
        const all = { limits: limits("c1", "c2") };
        const [task] = await proveLinks(apart, { ...all, mayReject: true });
        assert.deepEqual(await reasons(task!), [
            "c1 rejects c2, c2 rejects c1, until all of them have moved",
        ]);
        const [proof] = await proveLinks(apart, all);
        assert.deepEqual(await reasons(proof!), [undefined]);
        const together = project({}, { c1: await bundle(east), c2: await bundle(east) });
        const [moved] = await proveLinks(together, { ...all, mayReject: true });
        assert.deepEqual(await reasons(moved!), [undefined]);
    });
});

/** Why each proof below a task is skipped. */
async function reasons(task: Task): Promise<(string | undefined)[]> {
    const found: (string | undefined)[] = [];
    const settle = async (tasks: Task[]) => {
        for (const { skip } of tasks) {
            found.push(await skip?.());
        }
    };
    await task.run({ ...silent, settle });
    return found;
}

function skipped(project: Project, ...brought: string[]): Promise<(string | undefined)[]> {
    const later = ["c1", "c2"].filter((name) => !brought.includes(name));
    return skippedLater(later, project, ...brought);
}

async function skippedLater(
    later: string[],
    project: Project,
    ...brought: string[]
): Promise<(string | undefined)[]> {
    const [task] = await proveLinks(project, { limits: limits(...brought), later });
    return reasons(task!);
}

function limits(...names: string[]): Map<string, number> {
    return new Map(names.map((name) => [name, 60]));
}

/** Two linked clusters, of which the second's last updates are these. */
function project(histories: Record<string, History>, exported: Record<string, object> = {}): Project {
    const link = (stack: string) => ({ stack, context: stack, network: stack });
    const outputs = { links: { one: link("c1"), two: link("c2") } };
    const deployment = { manifest: { time, version: "v3.0.0" }, resources: [], pending_operations: [] };
    const answers: Record<string, (stack: string) => unknown> = {
        output: (stack) => exported[stack] ?? outputs,
        export: () => ({ deployment }),
        history: (stack) =>
            (histories[stack] ?? []).map((update) => ({
                ...update,
                startTime: time,
                endTime: time,
                environment: {},
            })),
    };
    return {
        parallel: 2,
        stacks: () => [{ name: "mesh", role: "mesh" }],
        existing: () => Promise.resolve([{ name: "mesh" }]),
        each: <T, R>(items: T[], run: (item: T) => Promise<R>) => Promise.all(items.map(run)),
        pulumi: (stack: string, _: string, command: string) =>
            Promise.resolve(JSON.stringify(answers[command]!(stack))),
    } as unknown as Project;
}

import * as assert from "node:assert/strict";
import * as path from "node:path";
import { exportFiles } from "../../operations/export";
import { Project } from "../../operations/project/project";
import { up } from "../../operations/up";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { failure } from "./fault";
import { changeSettings, freshProject, outputs, pulumi } from "./fixture";
import { backup, loseResource, restore } from "./restoredState";

const names = ["kept1", "kept2"];

/** The settings of the stacks that vary. */
interface Settings {
    generation?: number;
    clusters?: string[];
    roots?: string[];
    signingRoot?: string;
}

describe("Stacks whose state is lost, old, or changed by two operators at once", function () {
    this.timeout("5m");
    let project: Project;
    let now: Settings = {};

    before(async () => {
        project = await freshProject("restored", settings({}));
        await walk("kept2");
    });

    it("a lost key of a cluster: what is plugged in stays, and the next generation takes its place", async () => {
        const before = await cluster("kept1");
        await loseResource(project, "kept1", "kept1-1-key");
        const output = await upOf("kept1");
        assert.match(
            output,
            /The key of generation 1 of cluster kept1 is gone from this stack's state\. cacerts was left as it is\./,
        );
        assert.match(output, /`pulumi config set generation 2 --stack kept1`, then `npm run up`/);
        const kept = await cluster("kept1");
        assert.deepEqual([kept.ca, kept.files], [before.ca, before.files]);
        assert.match(kept.status, /^generation 1 cannot be plugged in; CSR exported/);
        assert.notEqual(kept.csr!.pem, before.csr!.pem);
        await assert.rejects(exportFiles(project, "kept1", path.join(project.dir, "export")), {
            message: "The private key of the stack's certificate is missing from its state.",
        });
        await change({ generation: 2 });
        await walk();
        assert.deepEqual(await standing("kept1"), [2, "CA signed"]);
    });

    it("an old state of a cluster: what it has is kept, and the next generation takes its place", async () => {
        const old = await backup(project, "kept1");
        await change({ generation: 3 });
        await walk();
        await restore(project, "kept1", old);
        const restored = await cluster("kept1");
        const output = await upOf("kept1");
        assert.match(output, /The key of generation 3 of cluster kept1 is gone .*set generation to 4/);
        assert.deepEqual((await cluster("kept1")).files, restored.files);
        await exportFiles(project, "kept1", path.join(project.dir, "export"));
        await change({ generation: 4 });
        await walk();
        assert.deepEqual(await standing("kept1"), [4, "CA signed"]);
    });

    it("a state of root from before a signature: the cluster keeps its CA until root has signed again", async () => {
        const old = await backup(project, "root");
        await change({ generation: 5 });
        await walk();
        await restore(project, "root", old);
        const before = await cluster("kept1");
        await upOf("kept1");
        const kept = await cluster("kept1");
        assert.deepEqual([kept.ca, kept.files], [before.ca, before.files]);
        await walk();
        assert.deepEqual(await standing("kept1"), [5, "CA signed"]);
    });

    it("a state of root from before a rotation that is under way: nothing is signed until the newest is back", async () => {
        const old = await backup(project, "root");
        await change({ roots: ["root", "root-2"] });
        await walk("kept2");
        await refreshed();
        await change({ signingRoot: "root-2" });
        await walk("kept2");
        await refreshed();
        const newest = await backup(project, "root");
        await restore(project, "root", old);
        const restored = await root();
        for (const roots of [{}, { roots: undefined, signingRoot: undefined }]) {
            await change(roots);
            const { exitCode, output } = await pulumi(project, "root", "up", "--yes", "--skip-preview");
            assert.notEqual(exitCode, 0);
            assert.match(
                output,
                /Nothing was changed\.[^]*The workloads of kept1, kept2 trust .*, which this stack's state does not know/,
            );
            assert.deepEqual(await root(), restored);
        }
        await restore(project, "root", newest);
        await change({ roots: ["root", "root-2"], signingRoot: "root-2" });
        await nothingChanges("root", ...names);
    });

    it("a cluster that is away: root names it, continues without it, and it comes back", async () => {
        await change({ roots: ["root-2", "root-3"] });
        await upOf("root");
        await upOf("kept1");
        await change({ signingRoot: "root-3" });
        const behind = await pulumi(project, "root", "up", "--yes", "--skip-preview");
        assert.notEqual(behind.exitCode, 0);
        assert.match(
            behind.output,
            /Root root-3 cannot sign yet: the workloads of kept2 do not trust it\..* Take a cluster that is away out of clusters until it is back\./s,
        );
        await change({ clusters: ["kept1"] });
        for (const roots of [["root-2", "root-3"], ["root-3"]]) {
            await change({ roots });
            await upOf("root");
            await upOf("kept1");
        }
        await refusedKeeping(
            "kept2",
            /Stack root no longer holds a certificate for cluster kept2, .* Name kept2 in its setting clusters/,
        );
        await change({ clusters: names });
        assert.match(
            await upOf("root"),
            /Cluster kept2 is below a root that is gone from the trust bundle\./,
        );
        await refusedKeeping(
            "kept2",
            /lacks the root [^]* If the old root is gone for good and starting again does no harm: `pulumi destroy --stack kept2`, then `npm run up`\./,
        );
        const destroyed = await pulumi(project, "kept2", "destroy", "--yes", "--skip-preview");
        assert.equal(destroyed.exitCode, 0, destroyed.output);
        await walk("kept2");
        assert.deepEqual(await standing("kept2"), [1, "CA signed"]);
        assert.deepEqual((await cluster("kept2")).root, (await root()).root);
    });

    it("a root that was destroyed first, and created again: the clusters keep their CAs and refuse the other root", async () => {
        const newest = await backup(project, "root");
        const destroyed = await pulumi(project, "root", "destroy", "--yes", "--skip-preview");
        assert.equal(destroyed.exitCode, 0, destroyed.output);
        await refusedKeeping(
            "kept1",
            /Stack root no longer holds a certificate for cluster kept1, whose CA .* is plugged in/,
        );
        await upOf("root");
        await refusedKeeping("kept1", /The trust bundle of stack root is .* and lacks the root/);
        await restore(project, "root", newest);
        await nothingChanges("root", "kept1");
    });

    it("a lost key of a root: nothing is signed, and a backup fixes it", async () => {
        const newest = await backup(project, "root");
        const before = await root();
        await loseResource(project, "root", "root-3-key");
        for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
            const { exitCode, output } = await pulumi(project, "root", ...command);
            assert.notEqual(exitCode, 0);
            assert.match(output, /Root root-3 is not the one that clusters trust: .* It signed nothing\./);
        }
        assert.deepEqual(await root(), before);
        await restore(project, "root", newest);
        await nothingChanges("root");
    });

    it("two operators at once: one has to wait, and each stack ends as after one of them", async () => {
        const before = await cluster("kept1");
        const outcomes = await Promise.all([walked(), walked()]);
        for (const error of outcomes.filter((each) => each !== undefined)) {
            assert.match(
                error,
                /If no pulumi is still working on it, one was killed\. Unlock the stack with `pulumi cancel --stack/,
            );
        }
        await walk();
        assert.deepEqual((await cluster("kept1")).ca, before.ca);
    });

    function settings({ generation = 1, clusters = names, ...roots }: Settings) {
        const given = Object.fromEntries(Object.entries(roots).filter(([, value]) => value !== undefined));
        return {
            root: { role: "root", clusters, protectRoot: false, ...given },
            kept1: { role: "cluster", deploy: false, generation },
            kept2: { role: "cluster", deploy: false },
        };
    }

    async function change(changed: Settings) {
        now = { ...now, ...changed };
        await changeSettings(project, settings(now));
    }

    /** `npm run up` of root and the first cluster, which most tests are about. */
    function walk(...others: string[]): Promise<void> {
        const walked = project.stacks().filter(({ name }) => ["root", "kept1", ...others].includes(name));
        return up(project, walked);
    }

    function walked(): Promise<string | undefined> {
        return failure(() => walk());
    }

    async function upOf(stack: string): Promise<string> {
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        return output.replace(/\s+/g, " ");
    }

    async function refusedKeeping(stack: string, told: RegExp) {
        const before = await cluster(stack);
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output.replace(/\s+/g, " "), told);
        assert.deepEqual(await cluster(stack), before);
    }

    async function refreshed() {
        const outcomes = await Promise.all(
            ["root", ...names].map((stack) => pulumi(project, stack, "refresh", "--yes", "--skip-preview")),
        );
        for (const { exitCode, output } of outcomes) {
            assert.equal(exitCode, 0, output);
        }
    }

    async function nothingChanges(...stacks: string[]) {
        for (const stack of stacks) {
            const { exitCode, output } = await pulumi(project, stack, "preview", "--expect-no-changes");
            assert.equal(exitCode, 0, output);
        }
    }

    function cluster(stack: string): Promise<ClusterOutputs> {
        return outputs<ClusterOutputs>(project, stack);
    }

    function root(): Promise<RootOutputs> {
        return outputs<RootOutputs>(project, "root");
    }

    async function standing(stack: string) {
        const { ca, status } = await cluster(stack);
        return [ca!.generation, status];
    }
});

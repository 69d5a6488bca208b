import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../../cli/project";
import { rotate } from "../../cli/rotate";
import type { Roots } from "../../cli/rotation";
import { readRoots } from "../../cli/rotationSettings";
import { runTasks } from "../../cli/tasks";
import { destroy, up } from "../../cli/walk";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { apiServerAway, heldBack, istiodRestart, killed, struckStep, withoutInput } from "./faults";
import { freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { samplePods, trustedRoots } from "./samples";
import { StolenCa } from "./stolenCa";

const names = ["turn1", "turn2"];

describe("A root that is replaced under load", function () {
    this.timeout("40m");
    let project: Project;
    let load: Load;
    let first: RootOutputs;
    let old: StolenCa;
    let pods: string[];
    /** Of each step, when the last proxy had moved after somebody had agreed to it, in seconds. */
    const moved: Record<string, number> = {};

    before(async () => {
        await freshClusters(names);
        project = await freshProject("rotation", {
            root: { role: "root", clusters: names },
            ...Object.fromEntries(names.map((name) => [name, onLocalCluster(name, { role: "cluster" })])),
        });
        await runTasks(up(project, project.stacks()), "silent");
        first = await outputs<RootOutputs>(project, "root");
        old = await StolenCa.from("turn1");
        pods = await samplePods(names);
        load = await Load.across("turn1", "turn2");
    });

    after(async () => {
        await runTasks(destroy(project, project.stacks()), "silent");
        await clusters.down(names);
    });

    it("changes nothing where its question finds the end of input, and ends with status 1", async () => {
        const before = fs.readFileSync(path.join(project.dir, "stacks", "Pulumi.root.yaml"), "utf8");
        const { exitCode, output } = await withoutInput(project, "rotate", "root");
        assert.equal(exitCode, 1, output);
        assert.match(output, /^Acting on the stacks of .*rotation, project istio-plugin-ca in file:/m);
        assert.match(output, /Step 1 of 3: Trust root-2 beside root\. Go on\? \(yes\/no\)/);
        assert.match(output, /Stopped before this step, which changed nothing/);
        assert.equal(fs.readFileSync(path.join(project.dir, "stacks", "Pulumi.root.yaml"), "utf8"), before);
        assert.deepEqual(await outputs<RootOutputs>(project, "root"), first);
    });

    it("does not go on while a proxy is behind, and names it", async () => {
        const limit = "istio-plugin-ca:verificationTimeoutSeconds";
        const stack = await project.open("turn2");
        await stack.setConfig(limit, { value: "30" });
        const told = await heldBack("turn2", () => go({}));
        await stack.removeConfig(limit);
        assert.match(told, /Stack turn2:.* foo\/httpbin-\S+ trusts .*The next step was not taken\./);
        assert.doesNotMatch(told, /Stack turn1:/);
        assert.deepEqual(await settings(), { roots: ["root", "root-2"], signingRoot: "root" });
    });

    it("goes on where it was once the proxy has followed, and stops where it is told to", async () => {
        const questions: string[] = [];
        await go({
            ask: (question) => {
                questions.push(question);
                return Promise.resolve(false);
            },
        });
        assert.match(questions[0]!, /Step 1 of 2: Sign with root-2\. Go on\?$/);
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root", "root-2"]);
        assert.deepEqual(root, first.root);
        for (const name of names) {
            assert.deepEqual(await trustedRoots(name), fingerprints(roots));
        }
    });

    it("is not skipped by a plain up", async () => {
        const stack = await project.open("root");
        const before = await stack.getAllConfig();
        await stack.removeConfig("istio-plugin-ca:roots");
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "root-2" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", { value: "root-2" });
        const { exitCode, output } = await pulumi(project, "root", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /Root root cannot go yet: the CA of turn1, turn2 is signed by it\. Nothing was changed\./,
        );
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "root" } }, true);
        await stack.setAllConfig({ "istio-plugin-ca:roots[1]": { value: "root-2" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", before["istio-plugin-ca:signingRoot"]!);
    });

    it("comes back where the rotation is undone", async () => {
        await go({ back: true });
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root"]);
        assert.deepEqual(root, first.root);
        assert.deepEqual(await trustedRoots("turn1"), [first.root.fingerprint]);
    });

    it("trusts both though an API server is away in the middle", async () => {
        const ready = await nodeReadySince("turn1");
        await takeOneStep(await apiServerAway("turn1"));
        // Kubernetes itself takes the pods of a lost node out of service.
        assert.equal(await nodeReadySince("turn1"), ready);
        assert.deepEqual(await settings(), { roots: ["root", "root-2"], signingRoot: "root" });
    });

    it("signs with the new one though an istiod restarts in the middle", async () => {
        await takeOneStep(istiodRestart("turn1"));
        assert.deepEqual(await settings(), { roots: ["root", "root-2"], signingRoot: "root-2" });
        for (const name of names) {
            assert.equal(await old.answerOf(name), "answered: HTTP status 200");
        }
    });

    it("gives way to the new one though the rotation is killed in its last step", async () => {
        const start = Date.now();
        await killed(project, 'require("./cli/rotate").rotate(project, "root")', "turn1", () => go({}));
        await go({});
        moved["Trust root-2 alone"] = await secondsToLastMove(names, start);
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root-2"]);
        assert.notEqual(root.fingerprint, first.root.fingerprint);
        for (const name of names) {
            const cluster = await outputs<ClusterOutputs>(project, name);
            assert.deepEqual(cluster.root, root);
            assert.deepEqual(await trustedRoots(name), [root.fingerprint]);
        }
    });

    it("is refused afterwards, with all that it signed", async () => {
        const now = await StolenCa.from("turn1");
        for (const name of names) {
            assert.match(await old.answerOf(name), /^TLS alert: (unknown ca|certificate unknown) /);
            assert.equal(await now.answerOf(name), "answered: HTTP status 200");
        }
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, moved })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
        assert.deepEqual(await samplePods(names), pods);
    });

    function go(options: Parameters<typeof rotate>[2]) {
        return rotate(project, "root", options);
    }

    async function takeOneStep(fault: () => Promise<void>): Promise<void> {
        const { title, start } = await struckStep(go, "turn1", fault);
        moved[title] = await secondsToLastMove(names, start);
    }

    async function settings(): Promise<Roots> {
        const { roots, signingRoot } = await readRoots(await project.open("root"));
        return { roots, signingRoot };
    }

    function nodeReadySince(context: string): Promise<string> {
        const path = 'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].lastTransitionTime}';
        return kubectl(context, "get", "nodes", "-o", path);
    }

    function fingerprints(roots: RootOutputs["roots"]): string[] {
        return Object.values(roots)
            .map(({ fingerprint }) => fingerprint)
            .sort();
    }
});

import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { rotate } from "../../operations/rotation/rotate";
import type { Roots } from "../../operations/rotation/rotationSteps";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { heldBack, istiodRestart, killed, struckStep, withoutInput } from "./faults";
import { mergeSettings, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { Pair } from "./pair";
import { samplePods, trustedRoots } from "./samples";
import { StolenCa } from "./stolenCa";
import { whileThereIsTime } from "../soak/deadline";

/** With every fault: tests/soak/operations.test.ts. */
describe("A root that is replaced under load", function () {
    this.timeout("40m");
    let pair: Pair;
    let load: Load;
    let first: RootOutputs;
    let old: StolenCa;
    let pods: string[];
    /** The name of the present root, and of the one that replaces it. */
    let from: string;
    let to: string;
    /** Of each step, how long after somebody agreed to it the last proxy had moved, in seconds. */
    const moved: Record<string, number> = {};

    before(async function () {
        whileThereIsTime(this);
        pair = await Pair.shared();
        first = await outputs<RootOutputs>(pair.project, "root");
        from = (await pair.roots()).signingRoot;
        to = `${from}-2`;
        old = await StolenCa.from(pair.one);
        pods = await samplePods(pair.names);
        load = await Load.throughGateway(pair.one, pair.two);
    });

    it("changes nothing if its question meets the end of input, and exits with status 1", async () => {
        const file = path.join(pair.project.dir, "stacks", "Pulumi.root.yaml");
        const before = fs.readFileSync(file, "utf8");
        const { exitCode, output } = await withoutInput(pair.project, "rotate", "root");
        assert.equal(exitCode, 1, output);
        assert.match(output, /^Acting on the stacks of .*pair, project istio-plugin-ca in file:/m);
        assert.ok(output.includes(`Step 1 of 3: Trust ${to} along with ${from}. Continue? (yes/no)`), output);
        assert.match(output, /Stopped before this step, which has changed nothing/);
        assert.equal(fs.readFileSync(file, "utf8"), before);
        assert.deepEqual(await outputs<RootOutputs>(pair.project, "root"), first);
    });

    it("does not continue while a proxy of the last wave lags behind, and names it", async () => {
        pair.change("root", { waves: [pair.one] });
        pair.change(pair.two, { verificationTimeoutSeconds: 30 });
        const told = await heldBack(pair.two, () => go({}));
        pair.change(pair.two, { verificationTimeoutSeconds: undefined });
        assert.match(told, /Stack pair2:.* foo\/httpbin-\S+ trusts .*The next step was not taken\./);
        assert.doesNotMatch(told, /Stack pair1:/);
        assert.deepEqual(await pair.roots(), { roots: [from, to], signingRoot: from });
    });

    it("resumes once the proxy has caught up, and stops where the user says so", async () => {
        const questions: string[] = [];
        await go({
            ask: (question) => {
                questions.push(question);
                return Promise.resolve(false);
            },
        });
        assert.ok(questions[0]!.endsWith(`Step 1 of 2: Sign with ${to}. Continue?`), questions[0]);
        const { roots, root } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(Object.keys(roots), [from, to]);
        assert.deepEqual(root, first.root);
        for (const name of pair.names) {
            assert.deepEqual(await trustedRoots(name), fingerprints(roots));
        }
        // The other steps take both clusters at once, which is faster.
        pair.change("root", { waves: undefined });
    });

    it("is not skipped by a plain up", async () => {
        setRoots({ roots: [to], signingRoot: to });
        const { exitCode, output } = await pulumi(pair.project, "root", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        const told = `Root ${from} cannot be removed yet: the CA of pair1, pair2 is signed by it.`;
        assert.ok(output.replace(/\s+/g, " ").includes(told), output);
        setRoots({ roots: [from, to], signingRoot: from });
    });

    it("comes back if the rotation is undone", async () => {
        await go({ back: true });
        const { roots, root } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(Object.keys(roots), [from]);
        assert.deepEqual(root, first.root);
        assert.deepEqual(await trustedRoots(pair.one), [first.root.fingerprint]);
    });

    it("signs with the new one though an istiod restarts in the middle", async () => {
        await go({ ask: only(`Trust ${to} along with ${from}`) });
        const { title, start } = await struckStep(go, pair.one, istiodRestart(pair.one));
        moved[title] = await secondsToLastMove(pair.names, start);
        assert.deepEqual(await pair.roots(), { roots: [from, to], signingRoot: to });
        for (const name of pair.names) {
            assert.equal(await old.answerOf(name), "answered: HTTP status 200");
        }
    });

    it("is replaced by the new one though the rotation is killed in its last step", async () => {
        const start = Date.now();
        const statement = 'require("./operations/rotation/rotate").rotate(project, "root")';
        await killed(pair.project, statement, pair.one, () => go({}));
        await go({});
        moved[`Trust ${to} alone`] = await secondsToLastMove(pair.names, start);
        const { roots, root } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(Object.keys(roots), [to]);
        assert.notEqual(root.fingerprint, first.root.fingerprint);
        for (const name of pair.names) {
            const cluster = await outputs<ClusterOutputs>(pair.project, name);
            assert.deepEqual(cluster.root, root);
            assert.deepEqual(await trustedRoots(name), [root.fingerprint]);
        }
    });

    it("is refused afterwards, with all that it signed", async () => {
        const now = await StolenCa.from(pair.one);
        for (const name of pair.names) {
            assert.match(await old.answerOf(name), /^TLS alert: (unknown ca|certificate unknown) /);
            assert.equal(await now.answerOf(name), "answered: HTTP status 200");
        }
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, moved })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
        assert.deepEqual(await samplePods(pair.names), pods);
    });

    function go(options: Parameters<typeof rotate>[2]) {
        return rotate(pair.project, "root", options);
    }

    /** Agrees to this step and to no other. */
    function only(title: string) {
        return (question: string) => Promise.resolve(question.includes(`: ${title}. Continue?`));
    }

    function setRoots({ roots, signingRoot }: Roots) {
        mergeSettings(pair.project, { root: { roots, signingRoot } });
    }

    function fingerprints(roots: RootOutputs["roots"]): string[] {
        return Object.values(roots)
            .map(({ fingerprint }) => fingerprint)
            .sort();
    }
});

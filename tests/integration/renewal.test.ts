import * as assert from "node:assert/strict";
import { Project } from "../../cli/project";
import { runTasks } from "../../cli/tasks";
import { destroy, up } from "../../cli/walk";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import { parseCertificates } from "../../pki/certificates";
import type { ClusterOutputs } from "../../stacks/outputs";
import { apiServerAway, heldBack, istiodRestart, killed, struck, upOfAll } from "./faults";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { samplePods } from "./samples";

const names = ["renew1", "renew2"] as const;
const [one, two] = names;

describe("An intermediate that is renewed under load", function () {
    this.timeout("20m");
    let project: Project;
    let load: Load;
    let pods: string[];
    /** Of each renewal, when the last proxy had moved after its beginning, in seconds. */
    const moved: Record<string, number> = {};

    before(async () => {
        await freshClusters([...names]);
        project = await freshProject("renewal", stacks({}));
        await walk();
        pods = await samplePods([...names]);
        load = await Load.across(one, two);
    });

    after(async () => {
        await runTasks(destroy(project, project.stacks()), "silent");
        await clusters.down([...names]);
    });

    it("is renewed in place", async () => {
        await changeSettings(project, stacks({ intermediateValidityDays: 364 }));
        const preview = await pulumi(project, "root", "preview", "--diff");
        assert.match(preview.output, /validityPeriodHours: 8760 => 8736/);
        await renewed("in place", walk);
    });

    it("has a new key with the next generation, asked for by the cluster and signed by root", async () => {
        const before = await cacerts(one);
        await changeSettings(project, stacks({ intermediateValidityDays: 364, generation: 2 }));
        await renewed("new key", walk, [one]);
        const after = await cacerts(one);
        assert.ok(!before.certificate.publicKey.equals(after.certificate.publicKey));
        const { ca } = await outputs<ClusterOutputs>(project, one);
        assert.equal(ca!.generation, 2);
    });

    it("is not called renewed while a proxy is behind, and the proxy is named", async () => {
        const settings = { intermediateValidityDays: 363, generation: 2 };
        await changeSettings(project, stacks({ ...settings, verificationTimeoutSeconds: 30 }));
        await renewed("a proxy held back", async () => {
            const told = await heldBack(two, walk);
            assert.match(told, /Stack renew2:.* foo\/httpbin-\S+ serves a certificate of /);
            assert.doesNotMatch(told, /Stack renew1:/);
            await changeSettings(project, stacks(settings));
            await walk();
        });
    });

    it("is renewed though an API server is away in the middle", async () => {
        await changeSettings(project, stacks({ intermediateValidityDays: 362, generation: 2 }));
        const fault = await apiServerAway(one);
        await renewed("the API server away", () => struck(walk, one, fault));
    });

    it("is renewed though an istiod restarts in the middle", async () => {
        await changeSettings(project, stacks({ intermediateValidityDays: 361, generation: 2 }));
        await renewed("istiod restarted", () => struck(walk, one, istiodRestart(one)));
    });

    it("is renewed though the `up` is killed in its middle", async () => {
        await changeSettings(project, stacks({ intermediateValidityDays: 360, generation: 2 }));
        await renewed("`up` killed", async () => {
            await killed(project, upOfAll, one, walk);
            await walk();
        });
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, moved })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
        assert.deepEqual(await samplePods([...names]), pods);
    });

    /** The Secrets are changed in place, and the proxies of all verified. */
    async function renewed(title: string, renewal: () => Promise<void>, renewing: readonly string[] = names) {
        const before = await Promise.all(renewing.map(cacerts));
        const start = Date.now();
        await renewal();
        moved[title] = await secondsToLastMove([...renewing], start);
        for (const [index, name] of renewing.entries()) {
            const after = await cacerts(name);
            assert.equal(after.uid, before[index]!.uid);
            assert.notEqual(after.certificate.serialNumber, before[index]!.certificate.serialNumber);
            const { verification } = await outputs<ClusterOutputs>(project, name);
            assert.equal((verification as { verdict: string }).verdict, "passed");
        }
    }

    function stacks({ intermediateValidityDays = 365, generation = 1, ...settings }) {
        return {
            root: { role: "root", clusters: [...names], intermediateValidityDays },
            [one]: onLocalCluster(one, { role: "cluster", ...settings, generation }),
            [two]: onLocalCluster(two, { role: "cluster", ...settings }),
        };
    }

    function walk() {
        return runTasks(up(project, project.stacks()), "silent");
    }
});

async function cacerts(context: string) {
    const secret = await kubectl(context, "get", "secret", "cacerts", "-n", "istio-system", "-o", "json");
    const { metadata, data } = JSON.parse(secret) as {
        metadata: { uid: string };
        data: Record<string, string>;
    };
    const [certificate] = parseCertificates(Buffer.from(data["ca-cert.pem"]!, "base64").toString());
    return { uid: metadata.uid, certificate: certificate! };
}

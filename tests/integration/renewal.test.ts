import * as assert from "node:assert/strict";
import { Certificate } from "../../pki/certificate";
import type { ClusterOutputs } from "../../stacks/outputs";
import { apiServerAway, struck } from "./faults";
import { kubectl, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { Pair } from "./pair";
import { samplePods } from "./samples";

/** With every fault: tests/soak/operations.test.ts. */
describe("An intermediate that is renewed under load", function () {
    this.timeout("20m");
    let pair: Pair;
    let load: Load;
    let pods: string[];
    /** How long after the start of each renewal the last proxy had moved, in seconds. */
    const moved: Record<string, number> = {};

    before(async () => {
        pair = await Pair.shared();
        pods = await samplePods(pair.names);
        load = await Load.throughGateway(pair.one, pair.two);
    });

    it("is renewed in place, though an API server is away in the middle", async () => {
        pair.renew();
        const preview = await pulumi(pair.project, "root", "preview", "--diff");
        assert.match(preview.output, /validityPeriodHours: \d+ => \d+/);
        const fault = await apiServerAway(pair.one);
        await renewed("in place", () => struck(() => pair.walk(), pair.one, fault), pair.names);
    });

    it("has a new key with the next generation, asked for by the cluster and signed by root", async () => {
        const before = await cacerts(pair.one);
        pair.nextKey(pair.one);
        await renewed("new key", () => pair.walk(), [pair.one]);
        const after = await cacerts(pair.one);
        assert.ok(!before.certificate.publicKey.equals(after.certificate.publicKey));
        const { ca } = await outputs<ClusterOutputs>(pair.project, pair.one);
        assert.equal(ca!.generation, pair.generation(pair.one));
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, moved })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
        assert.deepEqual(await samplePods(pair.names), pods);
    });

    /** The Secrets are changed in place, and the proxies of all verified. */
    async function renewed(title: string, renewal: () => Promise<void>, renewing: string[]) {
        const before = await Promise.all(renewing.map(cacerts));
        const start = Date.now();
        await renewal();
        moved[title] = await secondsToLastMove(renewing, start);
        for (const [index, name] of renewing.entries()) {
            const after = await cacerts(name);
            assert.equal(after.uid, before[index]!.uid);
            assert.notEqual(after.certificate.serial, before[index]!.certificate.serial);
            const { verification } = await outputs<ClusterOutputs>(pair.project, name);
            assert.equal((verification as { verdict: string }).verdict, "passed");
        }
    }
});

async function cacerts(context: string) {
    const secret = await kubectl(context, "get", "secret", "cacerts", "-n", "istio-system", "-o", "json");
    const { metadata, data } = JSON.parse(secret) as {
        metadata: { uid: string };
        data: Record<string, string>;
    };
    const [certificate] = Certificate.all(Buffer.from(data["ca-cert.pem"]!, "base64").toString());
    return { uid: metadata.uid, certificate: certificate! };
}

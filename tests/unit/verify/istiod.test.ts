import * as assert from "node:assert/strict";
import { Cluster } from "../../../kube/cluster";
import { observeIstiod } from "../../../verify/istiod";
import { makeCa } from "./certificates";
import { FakeMesh } from "./fakeMesh";

describe("Several istiods", () => {
    it("are each named with what was wrong", async () => {
        const { certificate } = await makeCa("Root CA");
        const mesh = await FakeMesh.start();
        mesh.add("one", "refuses");
        mesh.add("other", "babbles");
        try {
            const cluster = await Cluster.connect(mesh.kubeconfig, "mesh");
            const expected = { caCert: certificate, roots: [certificate] };
            const { checks } = await observeIstiod(cluster, "foo", expected, new AbortController().signal);
            const seen = checks.map(({ name, observed, ok }) => [name, ok, observed]);
            assert.deepEqual(
                seen.map(([name, ok]) => [name, ok]),
                [
                    ["istiod one", false],
                    ["istiod other", false],
                ],
            );
            assert.match(String(seen[0]![2]), /connection refused/);
            assert.match(String(seen[1]![2]), /wrong version number|packet length/);
        } finally {
            mesh.stop();
        }
    });
});

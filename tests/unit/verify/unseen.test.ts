import * as assert from "node:assert/strict";
import { Cluster } from "../../../kube/cluster";
import { observeUnseen } from "../../../verify/unseen";
import { withApiServer } from "../support/apiServer";
import { FakeMesh } from "./fakeMesh";

describe("What the verification cannot see", () => {
    const entries = "/apis/networking.istio.io/v1/workloadentries";
    const secrets = "/api/v1/namespaces/istio-system/secrets";

    const skipped = (objects: Record<string, object>) =>
        withApiServer(objects, async (kubeconfig) => {
            const cluster = await Cluster.connect(kubeconfig, "cluster1");
            return (await observeUnseen(cluster, "istio-system", new AbortController().signal)).skipped ?? [];
        });

    it("is counted and named", async () => {
        const item = (namespace: string, name: string) => ({ metadata: { namespace, name } });
        const found = {
            [entries]: { metadata: { remainingItemCount: 41 }, items: [item("vms", "a")] },
            [secrets]: { items: [item("istio-system", "far"), item("istio-system", "away")] },
        };
        assert.deepEqual(await skipped(found), [
            "VMs: 42 WorkloadEntries, such as vms/a; the proxies of their virtual machines, if any, are not asked",
            "other clusters: 2 Secrets with the label istio/multiCluster=true, such as istio-system/far; proxies there that get their certificates from this istiod are not asked",
        ]);
    });

    it("is not mentioned where there is none, or the API server knows no such kind", async () => {
        assert.deepEqual(await skipped({ [entries]: { items: null }, [secrets]: { items: [] } }), []);
        assert.deepEqual(await skipped({}), []);
    });

    it("is said to be unknown where nobody may look", async () => {
        const mesh = await FakeMesh.start();
        mesh.forbids = true;
        try {
            const cluster = await Cluster.connect(mesh.kubeconfig, "mesh");
            const { skipped = [] } = await observeUnseen(
                cluster,
                "istio-system",
                new AbortController().signal,
            );
            assert.match(skipped.join("\n"), /^VMs: WorkloadEntries may not be listed; /m);
            assert.match(skipped.join("\n"), /^other clusters: Secrets .* may not be listed; /m);
        } finally {
            mesh.stop();
        }
    });
});

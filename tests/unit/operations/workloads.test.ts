import assert from "node:assert/strict";
import type { V1OwnerReference, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { workloadsOf } from "../../../operations/migration/workloads";

describe("The workloads of pods whose proxies must start again", () => {
    const owner = (kind: string, name: string): V1OwnerReference[] => [
        { apiVersion: "apps/v1", kind, name, uid: "", controller: true },
    ];
    const pod = (name: string, ownerReferences: V1OwnerReference[] = []): V1Pod => ({
        metadata: { namespace: "foo", name, ownerReferences },
    });
    const asked: string[] = [];
    const replicaSets: Record<string, V1ReplicaSet> = {
        // Its name is not the Deployment's with a hash.
        "foo/renamed": { metadata: { ownerReferences: owner("Deployment", "httpbin") } },
        "foo/bare": { metadata: {} },
        "foo/canary": { metadata: { ownerReferences: owner("Rollout", "httpbin") } },
    };
    const cluster = {
        replicaSet: (namespace: string, name: string) => {
            asked.push(`${namespace}/${name}`);
            return Promise.resolve(replicaSets[`${namespace}/${name}`]);
        },
    };

    it("are found by their owners, once each", async () => {
        const pods = [
            pod("httpbin-a", owner("ReplicaSet", "renamed")),
            pod("httpbin-b", owner("ReplicaSet", "renamed")),
            pod("db-0", owner("StatefulSet", "db")),
            pod("agent-x", owner("DaemonSet", "agent")),
        ];
        assert.deepEqual(await workloadsOf(pods, cluster), [
            { namespace: "foo", workload: "deployment/httpbin" },
            { namespace: "foo", workload: "statefulset/db" },
            { namespace: "foo", workload: "daemonset/agent" },
        ]);
        assert.deepEqual(asked, ["foo/renamed"]);
    });

    it("do not exist for pods that no rolling restart replaces, which are named", async () => {
        const pods = [
            pod("alone"),
            pod("task-x", owner("Job", "task")),
            pod("bare-x", owner("ReplicaSet", "bare")),
            pod("canary-x", owner("ReplicaSet", "canary")),
            pod("gone-x", owner("ReplicaSet", "gone")),
        ];
        await assert.rejects(workloadsOf(pods, cluster), {
            message:
                "No controller replaces foo/alone, foo/task-x, foo/bare-x, foo/canary-x, foo/gone-x, and they started without PROXY_CONFIG_XDS_AGENT: restart them by hand.",
        });
    });
});

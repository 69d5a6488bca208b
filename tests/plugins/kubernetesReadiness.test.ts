import assert from "node:assert/strict";
import { KubernetesObject, toObject } from "../../local/plugins/kubernetes/kubernetesObject";
import { readinessRule } from "../../local/plugins/kubernetes/await/readiness";
import { Readiness } from "../../local/plugins/kubernetes/await/readinessRule";
import { PropertyMap } from "../../local/plugins/provider";

const revision = (value: string): PropertyMap => ({
    annotations: { "deployment.kubernetes.io/revision": value },
});
const condition = (type: string, status: string, reason: string, message = ""): PropertyMap => ({
    type,
    status,
    reason,
    message,
});
const available = condition("Available", "True", "MinimumReplicasAvailable");
const rolledOut = condition("Progressing", "True", "NewReplicaSetAvailable");

describe("A Deployment", () => {
    const deployment = (generation: number, at: string, status: PropertyMap): KubernetesObject =>
        object("apps/v1", "Deployment", {
            metadata: { name: "web", namespace: "shop", uid: "d", generation, ...revision(at) },
            spec: { replicas: 2, selector: { matchLabels: { app: "web" } } },
            status,
        });
    const replicaSet = (at: string, replicas: number, readyReplicas: number): KubernetesObject =>
        object("apps/v1", "ReplicaSet", {
            metadata: { name: `web-${at}`, uid: `r${at}`, ownerReferences: [{ uid: "d" }], ...revision(at) },
            spec: { replicas },
            status: { readyReplicas },
        });
    const evaluate = (
        live: KubernetesObject,
        replicaSets: KubernetesObject[],
        pods: KubernetesObject[] = [],
    ) => readiness(live, [replicaSets, pods]);
    const done = { observedGeneration: 2, updatedReplicas: 2, conditions: [rolledOut, available] };

    it("is ready when the current revision's ReplicaSet has all its pods", () => {
        const answer = evaluate(deployment(2, "2", done), [replicaSet("1", 0, 0), replicaSet("2", 2, 2)]);
        assert.deepEqual(answer, { ready: true, messages: [], errors: [] });
    });

    it("is not ready before its controller has seen the change", () => {
        const answer = evaluate(deployment(3, "2", done), [replicaSet("2", 2, 2)]);
        assert.equal(answer.ready, false);
    });

    it("is not ready while only the previous revision has its pods", () => {
        const answer = evaluate(deployment(2, "2", done), [replicaSet("1", 2, 2), replicaSet("2", 2, 1)]);
        assert.equal(answer.ready, false);
        assert.deepEqual(answer.messages, [
            { severity: "info", text: "Waiting for app ReplicaSet to be available (1/2 Pods available)" },
        ]);
        assert.deepEqual(answer.errors, [
            "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
        ]);
    });

    it("need not progress in its first revision", () => {
        const status = { observedGeneration: 1, updatedReplicas: 2, conditions: [available] };
        assert.equal(evaluate(deployment(1, "1", status), [replicaSet("1", 2, 2)]).ready, true);
        const second = { ...status, observedGeneration: 2 };
        assert.equal(evaluate(deployment(2, "2", second), [replicaSet("2", 2, 2)]).ready, false);
    });

    it("reports its conditions and what its pods' containers say", () => {
        const stuck = condition(
            "Progressing",
            "False",
            "ProgressDeadlineExceeded",
            "has timed out progressing.",
        );
        const down = condition(
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "no minimum availability.",
        );
        const status = { observedGeneration: 2, updatedReplicas: 2, conditions: [stuck, down] };
        const pods = [
            pod("web-a", { waiting: { reason: "ImagePullBackOff", message: "Back-off" } }),
            pod("web-b", { terminated: { reason: "Error", exitCode: 7 } }),
            pod("other", { terminated: { reason: "Error", exitCode: 1 } }, "another"),
        ];
        const { ready, errors } = evaluate(deployment(2, "2", status), [replicaSet("2", 2, 0)], pods);
        assert.equal(ready, false);
        assert.deepEqual(errors, [
            "[ProgressDeadlineExceeded] has timed out progressing.",
            "[MinimumReplicasUnavailable] no minimum availability.",
            "Minimum number of live Pods was not attained",
            "[Pod shop/web-a]: containers with unready status: [c][ImagePullBackOff] Back-off",
            '[Pod shop/web-b]: containers with unready status: [c]container "c" completed with exit code 7',
        ]);
    });
});

describe("A Service", () => {
    const service = (spec: PropertyMap, status: PropertyMap = {}): KubernetesObject =>
        object("v1", "Service", { metadata: { name: "web" }, spec, status });
    const selecting = { type: "ClusterIP", selector: { app: "web" } };
    const slice = (...conditions: PropertyMap[]): KubernetesObject =>
        object("discovery.k8s.io/v1", "EndpointSlice", {
            endpoints: conditions.map((state) => ({ conditions: state })),
        });
    const isReady = (live: KubernetesObject, ...slices: KubernetesObject[]): boolean =>
        readiness(live, [slices]).ready;

    it("is ready when it has endpoints, none of them unready", () => {
        assert.equal(isReady(service(selecting)), false);
        assert.equal(isReady(service(selecting), slice({ ready: true })), true);
        assert.equal(isReady(service(selecting), slice({ ready: true }), slice({ ready: false })), false);
        assert.equal(
            isReady(service(selecting), slice({ ready: true }, { ready: false, terminating: true })),
            true,
        );
    });

    it("needs no endpoints if it is headless, an external name or without a selector", () => {
        assert.equal(isReady(service({ ...selecting, clusterIP: "None" })), true);
        assert.equal(isReady(service({ type: "ExternalName", externalName: "example.com" })), true);
        assert.equal(isReady(service({ type: "ClusterIP" })), true);
    });

    it("needs an address if it is a load balancer", () => {
        const balancer = { ...selecting, type: "LoadBalancer" };
        const endpoints = [[slice({ ready: true })]];
        assert.deepEqual(readiness(service(balancer), endpoints).errors, [
            "Service was not allocated an IP address; does your cloud provider support this?",
        ]);
        const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
        assert.equal(readiness(service(balancer, status), endpoints).ready, true);
    });
});

describe("An object with pulumi.com/waitFor", () => {
    const service = (expression: string, status: PropertyMap = {}) =>
        object("v1", "Service", {
            metadata: { name: "gateway", annotations: { "pulumi.com/waitFor": expression } },
            spec: { type: "LoadBalancer", selector: { app: "gateway" } },
            status,
        });

    it("is ready once there is a value at its path, whatever its kind needs", () => {
        const path = "jsonpath={.status.loadBalancer.ingress}";
        assert.deepEqual(readiness(service(path, { loadBalancer: {} }), []).errors, [`Waiting for ${path}`]);
        const addressed = { loadBalancer: { ingress: [{ hostname: "gateway.example" }] } };
        assert.equal(readiness(service(path, addressed), []).ready, true);
        assert.ok(!("settle" in readinessRule(service(path))!));
    });

    it("is refused if the stand-in does not know its form", () => {
        for (const form of ["condition=Ready", "jsonpath={.status.phase}=Running", '["jsonpath={.a}"]']) {
            assert.throws(() => readinessRule(service(form)), /may only have the form jsonpath=/);
        }
    });
});

describe("An object of any other kind", () => {
    it("is ready as soon as it exists", () => {
        assert.equal(readinessRule(object("v1", "ConfigMap", {})), undefined);
    });
});

function readiness(live: KubernetesObject, related: KubernetesObject[][]): Readiness {
    return readinessRule(live)!.evaluate({ object: live, related });
}

function object(apiVersion: string, kind: string, properties: PropertyMap): KubernetesObject {
    return toObject({ ...properties, apiVersion, kind });
}

function pod(name: string, state: PropertyMap, owner = "r2"): KubernetesObject {
    const unready = condition("Ready", "False", "ContainersNotReady", "containers with unready status: [c]");
    const conditions = [condition("PodScheduled", "True", ""), condition("Initialized", "True", ""), unready];
    return object("v1", "Pod", {
        metadata: { name, namespace: "shop", ownerReferences: [{ uid: owner }] },
        status: { conditions, containerStatuses: [{ name: "c", ready: false, state }] },
    });
}

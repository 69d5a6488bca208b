import { PropertyValue } from "../../provider";
import { isMap } from "../../properties";
import { annotation, KubernetesObject, pluck, pluckList } from "../kubernetesObject";
import { isOwnedBy, podErrors } from "./pod";
import type { Observed, Readiness, ReadinessRule } from "./readinessRule";

const revisionKey = "deployment.kubernetes.io/revision";

/**
 * A Deployment is ready when its controller has rolled it out: the current revision's ReplicaSet has all
 * its pods.
 */
export const deployment: ReadinessRule = {
    related: ({ metadata: { namespace }, spec }) => {
        const labelSelector = matchLabels(pluck(spec, "selector", "matchLabels"));
        return [
            { apiVersion: "apps/v1", kind: "ReplicaSet", namespace, labelSelector },
            { apiVersion: "v1", kind: "Pod", namespace, labelSelector },
        ];
    },
    evaluate: ({ object, related: [replicaSets = [], pods = []] }: Observed): Readiness => {
        const revision = annotation(object, revisionKey);
        const replicaSet = replicaSets.find(
            (candidate) => isOwnedBy(candidate, object) && annotation(candidate, revisionKey) === revision,
        );
        const available = condition(object, "Available");
        const progressing = condition(object, "Progressing");
        const rollout = {
            revision,
            available: available?.["status"] === "True",
            progressed:
                progressing?.["status"] === "True" && progressing["reason"] === "NewReplicaSetAvailable",
            replicaSetReady: isObserved(object) && replicaSet !== undefined && hasAllPods(replicaSet),
        };
        const conditions = [progressing, available].flatMap((found) => failedCondition(found));
        const waiting = replicaSet && !rollout.replicaSetReady ? [podCount(replicaSet)] : [];
        const failures = pods.filter((pod) => replicaSet && isOwnedBy(pod, replicaSet)).flatMap(podErrors);
        return {
            ready:
                rollout.available &&
                rollout.replicaSetReady &&
                (revision === firstRevision || rollout.progressed),
            messages: [
                ...waiting.map((text) => ({ severity: "info" as const, text })),
                ...[...conditions, ...failures].map((text) => ({ severity: "warning" as const, text })),
            ],
            errors: [...conditions, ...missing(rollout), ...failures],
        };
    },
};

/** A Deployment's first revision is created, not rolled out, so it need not have progressed. */
const firstRevision = "1";

interface Rollout {
    revision: string;
    available: boolean;
    progressed: boolean;
    replicaSetReady: boolean;
}

function missing({ revision, available, progressed, replicaSetReady }: Rollout): string[] {
    if (!available) {
        return ["Minimum number of live Pods was not attained"];
    }
    if (revision === firstRevision ? !replicaSetReady : !progressed) {
        return ["Minimum number of Pods to consider the application live was not attained"];
    }
    return replicaSetReady
        ? []
        : ["Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live"];
}

/** Whether the controller has seen the last change and made every pod of it. */
function isObserved({ metadata, spec, status }: KubernetesObject): boolean {
    const wanted = count(pluck(spec, "replicas"), 1);
    return (
        pluck(status, "observedGeneration") === metadata.generation &&
        count(pluck(status, "updatedReplicas"), 0) === wanted
    );
}

function hasAllPods({ spec, status }: KubernetesObject): boolean {
    return count(pluck(status, "readyReplicas"), 0) >= count(pluck(spec, "replicas"), 1);
}

function podCount({ spec, status }: KubernetesObject): string {
    const [ready, wanted] = [count(pluck(status, "readyReplicas"), 0), count(pluck(spec, "replicas"), 1)];
    return `Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`;
}

function condition(
    { status }: KubernetesObject,
    type: string,
): Record<string, PropertyValue | undefined> | undefined {
    return pluckList(status, "conditions")
        .filter(isMap)
        .find((candidate) => candidate["type"] === type);
}

function failedCondition(found: ReturnType<typeof condition>): string[] {
    const [reason, message] = [found?.["reason"], found?.["message"]];
    return found && found["status"] !== "True" && typeof reason === "string" && typeof message === "string"
        ? [`[${reason}] ${message}`]
        : [];
}

function matchLabels(labels: PropertyValue | undefined): string | undefined {
    return isMap(labels)
        ? Object.entries(labels)
              .map(([key, value]) => `${key}=${value as string}`)
              .join(",")
        : undefined;
}

function count(value: PropertyValue | undefined, otherwise: number): number {
    return typeof value === "number" ? value : otherwise;
}

import { PropertyValue } from "../provider";
import { isMap } from "../properties";
import { group, isConfigMap, isSecret } from "./kinds";
import { KubernetesObject } from "./kubernetesObject";
import { PropertyPath } from "./propertyPath";

/** Whether the resource's provider updates these kinds in place. */
export interface Mutable {
    enableSecretMutable: boolean;
    enableConfigMapMutable: boolean;
}

/** The paths of the properties whose change replaces the object; `*` stands for any element of a list. */
export function forceNewPaths(object: KubernetesObject, mutable: Mutable): string[] {
    return [...identity, ...kindPaths(object, mutable)];
}

/** Whether a change at this path, to this value, touches one of the paths. */
export function forcesReplacement(path: PropertyPath, value: PropertyValue, forceNew: string[]): boolean {
    return forceNew.some((pattern) => {
        const steps = pattern.split(".");
        const shared = Math.min(steps.length, path.length);
        return (
            path.slice(0, shared).every((step, index) => matches(steps[index], step)) &&
            contains(value, steps.slice(shared))
        );
    });
}

function matches(pattern: string | undefined, step: string | number): boolean {
    return typeof step === "number" ? pattern === "*" : pattern === step;
}

function contains(value: PropertyValue | undefined, [step, ...rest]: string[]): boolean {
    if (step === undefined) {
        return true;
    }
    if (Array.isArray(value)) {
        return step === "*" && value.some((element) => contains(element, rest));
    }
    return isMap(value) && value[step] !== undefined && contains(value[step], rest);
}

function kindPaths(object: KubernetesObject, mutable: Mutable): string[] {
    const immutable = object["immutable"] === true;
    if (isSecret(object)) {
        return immutable || !mutable.enableSecretMutable ? ["type", "stringData", "data"] : [];
    }
    if (isConfigMap(object)) {
        return immutable || !mutable.enableConfigMapMutable ? ["binaryData", "data"] : [];
    }
    return byKind[`${group(object.apiVersion)}/${object.kind}`] ?? [];
}

const identity = ["metadata.name", "metadata.namespace"];

const podFields = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
].map((field) => `spec.${field}`);

const containerFields = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
].flatMap((field) => [`spec.containers.*.${field}`, `spec.initContainers.*.${field}`]);

/** As the official provider has them, by API group and kind. */
const byKind: Record<string, string[]> = {
    "/PersistentVolumeClaim": ["spec"],
    "/Pod": [...podFields, ...containerFields],
    "/ResourceQuota": ["spec.scopes"],
    "/Service": ["spec.clusterIP"],
    "apps/DaemonSet": ["spec.selector"],
    "apps/Deployment": ["spec.selector"],
    "apps/StatefulSet": [
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
    "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
    "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

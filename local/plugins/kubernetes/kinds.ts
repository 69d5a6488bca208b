import { KubernetesObject } from "./kubernetesObject";

type Kind = Pick<KubernetesObject, "apiVersion" | "kind">;

/**
 * Whether the kind is one of Kubernetes' own, for which rules are built in, and not of a
 * CustomResourceDefinition.
 */
export function isBuiltIn({ apiVersion }: Kind): boolean {
    return builtInGroups.has(group(apiVersion));
}

/** Whether objects of a built-in kind live in namespaces. */
export function isNamespacedBuiltIn({ kind }: Kind): boolean {
    return !clusterScoped.has(kind);
}

export function isSecret({ apiVersion, kind }: Kind): boolean {
    return apiVersion === "v1" && kind === "Secret";
}

export function isConfigMap({ apiVersion, kind }: Kind): boolean {
    return apiVersion === "v1" && kind === "ConfigMap";
}

/**
 * Whether the type token is of a Patch resource, a list or a component, which only the official provider
 * has.
 */
export function isUnsupportedType(type: string): boolean {
    const [, module = "", name = ""] = type.split(":");
    const builtIn = isBuiltIn({ apiVersion: module.replace(/^core\//, ""), kind: name });
    return /^(helm|yaml|kustomize)/.test(module) || (builtIn && /(Patch|List)$/.test(name));
}

/** The API group, empty for the core group. */
export function group(apiVersion: string): string {
    const [first = "", second] = apiVersion.split("/");
    return second === undefined ? "" : first;
}

const builtInGroups = new Set([
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
]);

const clusterScoped = new Set([
    "APIService",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "IPAddress",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "SelfSubjectAccessReview",
    "ServiceCIDR",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
]);

import { V1Container, V1ContainerStatus, V1EnvVar, V1Pod, V1PodCondition } from "@kubernetes/client-node";
import { crlConfigMapName } from "../pki/caFiles";
import { proxyFollows } from "../pki/changeableTrust";

/** Where Envoy's admin interface listens unless the mesh or the pod says otherwise. */
const defaultAdminPort = 15000;

/** Of the container of a proxy, of whatever kind. */
export const proxyName = "istio-proxy";

/** The container of a pod's proxy, which may be a sidecar of either kind or a gateway; undefined if it has none. */
export function proxyContainer({ spec }: V1Pod): V1Container | undefined {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    return containers.find(({ name }) => name === proxyName);
}

/** Whether a pod's proxy picks up a changed trust bundle at once, and not only when it asks for its next certificate. */
export function followsAtOnce(pod: V1Pod): boolean {
    return environment(pod, proxyFollows) === "true";
}

/** Whether a pod's proxy is given the CRLs: Istio gives them to sidecars, but not to gateways of a chart or of the Gateway API. */
export function mountsCrls({ spec }: V1Pod): boolean {
    return spec?.volumes?.some(({ configMap }) => configMap?.name === crlConfigMapName) ?? false;
}

/** Ambient's proxy of a node: its container has the name that Envoy's has (istio manifests/charts/ztunnel). */
export function isZtunnel(pod: V1Pod): boolean {
    return proxyContainer(pod)?.args?.includes("ztunnel") ?? false;
}

/** A pod whose program is its own proxy; its agent, if any, does not run Envoy (istio files/grpc-agent.yaml, grpc-simple.yaml). */
export function isProxyless(pod: V1Pod): boolean {
    const templates = pod.metadata?.annotations?.["inject.istio.io/templates"] ?? "";
    return environment(pod, "ISTIO_META_GENERATOR") === "grpc" || /\bgrpc-(agent|simple)\b/.test(templates);
}

/** The port of Envoy's admin interface, which ProxyConfig.proxyAdminPort may move. */
export function adminPort(pod: V1Pod): number {
    try {
        const config = JSON.parse(environment(pod, "PROXY_CONFIG") ?? "{}") as { proxyAdminPort?: number };
        return config.proxyAdminPort ?? defaultAdminPort;
    } catch {
        return defaultAdminPort;
    }
}

/** What identifies a pod, unlike its name, which a later pod may have. */
export function uidOf({ metadata }: V1Pod): string {
    return metadata!.uid!;
}

/** What identifies a proxy: it changes when its container restarts, because that may trust something else. */
export function identity(pod: V1Pod): string {
    return `${uidOf(pod)}/${proxyStatus(pod)?.containerID ?? ""}`;
}

/** Why a pod's proxy does not run, as the kubelet says; undefined if it runs, or if nothing is known yet. */
export function notAtWork(pod: V1Pod): string | undefined {
    const { spec, status } = pod;
    if (!spec?.nodeName) {
        return "not scheduled";
    }
    const state = proxyStatus(pod)?.state;
    if (state?.running) {
        return undefined;
    }
    // If there is no status of the container, the kubelet has not started it yet.
    return state?.waiting?.reason ?? state?.terminated?.reason ?? status?.reason ?? "not started";
}

/** How long a proxy counts as new, milliseconds: its node's clock may differ from this one. */
const newMs = 60_000;

/** Whether a pod's proxy may crash: it has ended before and was started again, or it is new. */
export function mayCrash(pod: V1Pod): boolean {
    const { state, lastState } = proxyStatus(pod) ?? {};
    const startedAt = new Date(state?.running?.startedAt ?? 0).getTime();
    return lastState?.terminated !== undefined || Date.now() - startedAt < newMs;
}

/** Whether a pod or a node is ready, as its kubelet says. */
export function isReady({ status }: { status?: { conditions?: V1PodCondition[] } }): boolean {
    return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** A pod's namespace and name. */
export function nameOf({ metadata }: V1Pod): string {
    return `${metadata!.namespace}/${metadata!.name}`;
}

function proxyStatus({ status }: V1Pod): V1ContainerStatus | undefined {
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    return statuses.find(({ name }) => name === proxyName);
}

/** The environment variables that are read here, of the dozens that a proxy has. */
const variables = [proxyFollows, "PROXY_CONFIG", "ISTIO_META_GENERATOR"] as const;

/** Whether an environment variable is read here. */
export function isRead({ name }: V1EnvVar): boolean {
    return (variables as readonly string[]).includes(name);
}

function environment(pod: V1Pod, variable: (typeof variables)[number]): string | undefined {
    return proxyContainer(pod)?.env?.find(({ name }) => name === variable)?.value;
}

import { V1Container, V1Pod } from "@kubernetes/client-node";
import { Exclusions } from "./exclusions";
import { isProxyless, isRead, isZtunnel, notAtWork, proxyContainer, proxyName } from "./proxyPods";

/** The pods of a mesh by what the verification does with them. */
export interface Sorted {
    /** Their proxies are asked, whether or not the pods are ready: a proxy that runs holds trust. */
    asked: V1Pod[];
    /** By the setting that leaves them out. */
    excluded: V1Pod[];
    /** Their proxies do not run, and get the current trust bundle when they start. */
    notAtWork: V1Pod[];
    /** Their nodes are gone. */
    nodeGone: V1Pod[];
    /** Being deleted, and lagging behind. */
    leaving: V1Pod[];
    /** Ambient's proxies, which are not Envoy. */
    ztunnels: V1Pod[];
    /** Programs that are their own proxies. */
    proxyless: V1Pod[];
}

/** A pod that trusts the mesh in a way that is known here, without the fields that nobody reads; none for any other. */
export function proxyPod(pod: V1Pod): V1Pod[] {
    if (proxyContainer(pod) === undefined && !isProxyless(pod)) {
        return [];
    }
    const { metadata, spec, status } = pod;
    const proxies = (containers: V1Container[] = []) =>
        containers
            .filter(({ name }) => name === proxyName)
            .map(({ name, args, env }) => ({ name, args, env: env?.filter(isRead) }));
    return [
        {
            metadata: { ...metadata, managedFields: undefined },
            spec: {
                nodeName: spec!.nodeName,
                containers: proxies(spec!.containers),
                initContainers: proxies(spec!.initContainers),
                volumes: spec!.volumes,
            },
            status,
        },
    ];
}

/** Sorts by what the pods themselves say. */
export function sortPods(pods: V1Pod[], exclusions: Exclusions): Sorted {
    const sorted: Sorted = {
        asked: [],
        excluded: [],
        notAtWork: [],
        nodeGone: [],
        leaving: [],
        ztunnels: [],
        proxyless: [],
    };
    for (const pod of pods) {
        sorted[kindOf(pod, exclusions)].push(pod);
    }
    return sorted;
}

function kindOf(pod: V1Pod, exclusions: Exclusions): keyof Sorted {
    if (exclusions.of(pod) !== undefined) {
        return "excluded";
    }
    if (isZtunnel(pod)) {
        return "ztunnels";
    }
    if (isProxyless(pod)) {
        return "proxyless";
    }
    return notAtWork(pod) === undefined ? "asked" : "notAtWork";
}

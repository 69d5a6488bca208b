/** The namespace of what proves the trust between the clusters of a mesh. */
export const probeNamespace = "mesh-probe";

/** The Deployment in it, and its ServiceAccount. */
export const probeName = "probe";

/** What the names of its Services begin with; a cluster's name follows. */
export const probeServicePrefix = "to-";

/** The port of the Services. */
export const probePort = 8000;

/** The containers of its pod. */
export const probeClient = "client";
export const probeServer = "server";

/** The port on which its server listens. */
export const probeServerPort = 8080;

/** The host of the Service that only the cluster of this name has an endpoint of. */
export function probeHost(cluster: string): string {
    return `${probeServicePrefix}${cluster}.${probeNamespace}.svc.cluster.local`;
}

/** The port on which an east-west gateway lets other networks reach workloads, as every Istio names it. */
export const crossNetworkPort = 15443;

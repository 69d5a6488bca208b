import { LinkChange } from "../linkChange";
import { Guard, refuse } from "./guard";
import { clusterMoved, networkLabelMissing } from "./linkedClusters";
import {
    apiServerLocal,
    gatewayMissing,
    memberNotReady,
    membersCollide,
    membersDiffer,
    membersReject,
} from "./members";
import { roleChanged } from "./role";

/** What links between clusters depend on, by the outputs of their stacks. */
export const byMembers: Guard<LinkChange>[] = [
    roleChanged, // The keys are those of the role.
    memberNotReady, // A cluster has no CA, no mesh, or is not part of a mesh of several.
    membersCollide, // Two stacks are one cluster, or of one name.
    membersDiffer, // The clusters are of several meshes or trust domains.
    membersReject, // Workloads of two clusters would reject each other.
    gatewayMissing, // Nobody would reach a cluster's workloads.
    apiServerLocal, // Nobody would reach a cluster's API server.
];

/** The same by what the clusters show. */
export const byClusters: Guard<LinkChange>[] = [
    clusterMoved, // A context leads to another cluster.
    networkLabelMissing, // istiod would not know the cluster's own network.
];

/** @throws Refused with all refusals of the first phase that has any. */
export async function refuseLinks(change: LinkChange): Promise<void> {
    await refuse(byMembers, change);
    await refuse(byClusters, change);
}

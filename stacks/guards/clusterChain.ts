import type { Change } from "../change";
import { ambientMesh } from "./ambient";
import { notValidYet } from "./clock";
import { Guard, refuse } from "./guard";
import { caFound, clusterFound } from "./found";
import { cacertsIsTls, istioFlagsMissing, istioMissing, liveMesh } from "./liveMesh";
import { istioNotAdopted, istioOwnerChanged, meshDropped } from "./mesh";
import { monitoringMissing } from "./monitoring";
import { peersReject } from "./peers";
import { proxiesLag } from "./proxies";
import { reissueTooSlow } from "./reissue";
import { clusterRenamed, roleChanged } from "./role";
import { rootNotTrusted, rootStillUsed } from "./roots";
import { certificateWithdrawn, generationGone, keyMismatch } from "./signer";

/** Judged without a cluster, by the settings and the outputs of stacks. */
export const bySettings: Guard<Change>[] = [
    // Pulumi deletes what a program no longer has: keys, under another role or name, and a mesh.
    roleChanged, // The keys are those of the role.
    clusterRenamed, // The names of keys and providers hold the cluster's name.
    meshDropped, // deploy: false would delete a live mesh.
    istioNotAdopted, // A mesh that has a previous CA existed before this stack.
    istioOwnerChanged, // Another owner would delete Istio.

    // A CA that is plugged in must not lose its certificate or its key.
    certificateWithdrawn, // The signer no longer has the certificate that is plugged in.
    keyMismatch, // The certificate is for another key.
    generationGone, // The key of an earlier generation is gone.

    reissueTooSlow, // Workloads must pick up a renewed intermediate before the previous one expires.
];

/** Judged by what the cluster shows, and by what is to be plugged in there. */
export const byCluster: Guard<Change>[] = [
    clusterFound, // It is the cluster that the mesh is in.
    monitoringMissing, // Alerts need Prometheus Operator.
    caFound, // The CA can be read, and istiod and workloads accept it.

    // Workloads pick up roots and certificates one by one, so what is plugged in and what is next must trust each other.
    rootStillUsed, // The plugged-in CA depends on a root that would be dropped.
    rootNotTrusted, // The next CA is below a root that workloads do not trust yet.
    ambientMesh, // ztunnel does not pick up a changed CA.
    istioMissing, // istio: external needs an Istio.
    liveMesh, // A mesh under another CA migrates in steps.
    cacertsIsTls, // A Secret keeps its type.
    istioFlagsMissing, // Istio must pick up changed roots.
    proxiesLag, // The next step of a migration waits for every proxy.
    peersReject, // The clusters of a mesh must trust each other.
];

/** Judged last and alone, because it waits. */
export const byClock: Guard<Change>[] = [
    notValidYet, // istiod drops a certificate that is not valid yet by its clock.
];

/** @throws Refused with all refusals of the first phase that has any. */
export async function refuseChange(change: Change): Promise<void> {
    for (const phase of [bySettings, byCluster, byClock]) {
        await refuse(phase, change);
    }
}

import * as pulumi from "@pulumi/pulumi";
import { KnownCluster } from "../config/meshSettings";
import { clusterEntry, ClusterEntry } from "../kube/clusterEntry";
import { Refused } from "./refusal";

/** Which cluster a mesh is in; public. */
export interface MeshIdentity extends Partial<ClusterEntry> {
    /** Its name in the settings. */
    cluster: string;
    /** The kubeconfig's context by which it was reached. */
    context: string;
    /** The UID of its namespace kube-system, which no other cluster has. */
    uid: string;
}

/**
 * The cluster that the settings lead to. One that is reached as at the last `up` is taken for the same without asking;
 * reached otherwise, or declared by the setting clusterUid, it must have the UID that it had.
 *
 * @param before - where the mesh was at the last `up`; undefined at the first, and if an earlier version did not record it
 * @returns undefined if there is no mesh yet and the cluster does not answer
 * @throws Refused naming both clusters if it is another one, or cannot be found out.
 */
export async function meshIdentity(
    cluster: string,
    access: KnownCluster,
    before: MeshIdentity | undefined,
): Promise<MeshIdentity | undefined> {
    const { kubeconfig, context, clusterUid: declared } = access;
    const entry = clusterEntry(kubeconfig, context);
    if (before && reachedAs(before, context, entry) && (declared ?? before.uid) === before.uid) {
        return before;
    }
    const { readClusterUid } = await import("../kube/clusterUid.ts");
    const found = await readClusterUid(kubeconfig, context).catch((error: Error) => error);
    if (found instanceof Error) {
        if (!before && (declared === undefined || pulumi.runtime.isDryRun())) {
            return undefined;
        }
        throw new Refused([
            {
                id: "cluster-unreadable",
                found: `${sought(before, declared)}, and whether context ${context} of ${kubeconfig} leads there cannot be seen: ${found.message}.`,
                remedy: before
                    ? `Set context to ${before.context}, or let the cluster answer.`
                    : "Let the cluster answer.",
            },
        ]);
    }
    const expected = declared ?? before?.uid;
    if (expected !== undefined && found !== expected) {
        throw new Refused([
            {
                id: "other-cluster",
                found: `${sought(before, declared)}, but context ${context} of ${kubeconfig} leads to another cluster${entry ? ` at ${entry.server}` : ""}, UID ${found}. This stack would leave the one and change the other.`,
                remedy: before
                    ? `Set context and kubeconfig to lead to the first. ${rebuilt(before.cluster, found)}`
                    : "Correct context, kubeconfig or clusterUid.",
            },
        ]);
    }
    return { cluster, context, ...entry, uid: found };
}

/** A kubeconfig that is not there leads nowhere: a preview may do without one. */
function reachedAs(before: MeshIdentity, context: string, entry: ClusterEntry | undefined): boolean {
    return entry
        ? before.context === context && before.server === entry.server && before.caDigest === entry.caDigest
        : before.context === context && pulumi.runtime.isDryRun();
}

function sought(before: MeshIdentity | undefined, declared: string | undefined): string {
    return before
        ? `The mesh of this stack is in cluster ${before.cluster}, context ${before.context}${before.server === undefined ? "" : ` at ${before.server}`}, UID ${before.uid}`
        : `The setting clusterUid is ${declared}`;
}

/** Nothing is deleted in either cluster, and the stack's keys stay. */
function rebuilt(cluster: string, uid: string): string {
    const stack = pulumi.getStack();
    return `If cluster ${cluster} was rebuilt and the first is gone: \`pulumi config set clusterUid ${uid} --stack ${stack}\`, then \`PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up --refresh --stack ${stack}\`.`;
}

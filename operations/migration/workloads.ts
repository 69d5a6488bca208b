import type { V1ObjectMeta, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import pMap from "p-map";
import { proxyFollows } from "../../pki/changeableTrust";

/** The kinds that `kubectl rollout restart` supports. */
const kinds = ["Deployment", "StatefulSet", "DaemonSet"];

/** A workload that `kubectl rollout restart` can restart. */
export interface Workload {
    namespace: string;
    /** Kind and name, such as deployment/httpbin. */
    workload: string;
}

/** Looks up ReplicaSets. */
export interface ReplicaSets {
    replicaSet(namespace: string, name: string): Promise<V1ReplicaSet | undefined>;
}

/**
 * The workloads whose controllers own these pods, once each.
 *
 * @throws Error naming the pods that no rolling restart replaces.
 */
export async function workloadsOf(pods: V1Pod[], cluster: ReplicaSets): Promise<Workload[]> {
    const deployments = new Map<string, Promise<string | undefined>>();
    const owned = await pMap(pods, async ({ metadata }) => {
        const { namespace = "", name } = metadata!;
        const owner = controller(metadata);
        const key = `${namespace}/${owner?.name}`;
        if (owner?.kind === "ReplicaSet" && !deployments.has(key)) {
            const found = cluster.replicaSet(namespace, owner.name);
            deployments.set(
                key,
                found.then((each) => restartable(controller(each?.metadata))),
            );
        }
        const workload = owner?.kind === "ReplicaSet" ? await deployments.get(key) : restartable(owner);
        return { pod: `${namespace}/${name}`, namespace, workload };
    });
    const alone = owned.filter(({ workload }) => workload === undefined).map(({ pod }) => pod);
    if (alone.length > 0) {
        throw new Error(
            `No controller replaces ${alone.join(", ")}, and they started without ${proxyFollows}: restart them by hand.`,
        );
    }
    const found = owned.map(({ namespace, workload }) => ({ namespace, workload: workload! }));
    return [...new Map(found.map((each) => [`${each.namespace}/${each.workload}`, each])).values()];
}

function controller(metadata: V1ObjectMeta | undefined) {
    return metadata?.ownerReferences?.find((owner) => owner.controller);
}

function restartable(owner: { kind: string; name: string } | undefined): string | undefined {
    return owner && kinds.includes(owner.kind) ? `${owner.kind.toLowerCase()}/${owner.name}` : undefined;
}

import { Cluster } from "../cluster";
import { annotationIsTrue, annotations, KubernetesObject } from "../kubernetesObject";
import { AwaitOptions, itself, NotReadyError, timeoutSeconds } from "./awaitReady";
import { ObjectWatch } from "./objectWatch";

/**
 * Waits until an object whose deletion was requested is gone.
 *
 * @throws NotReadyError when time is up or the user cancels.
 */
export async function awaitDeleted(
    cluster: Cluster,
    object: KubernetesObject,
    { log, signal, timeout }: AwaitOptions,
): Promise<void> {
    if (annotationIsTrue(object, annotations.skipAwait) && mayBeLeftTerminating.has(object.kind)) {
        return;
    }
    let finalizers: string[] = [];
    const gone = ([objects = []]: KubernetesObject[][]): boolean => {
        const remaining = objects.find(({ metadata }) => metadata.uid === object.metadata.uid);
        finalizers = remaining?.metadata.finalizers ?? [];
        if (remaining) {
            log.show("info", "Resource scheduled for deletion");
        }
        return !remaining;
    };
    const watch = new ObjectWatch(cluster, [itself(object)]);
    const timeUp = AbortSignal.timeout(1000 * timeoutSeconds(timeout, object));
    if (await watch.until(gone, { signal: AbortSignal.any([signal, timeUp]) })) {
        return log.clear();
    }
    log.show("warning", `finalizers might be preventing deletion (${finalizers.join(", ")})`);
    throw new NotReadyError(
        signal.aborted
            ? `Resource operation was cancelled for "${object.metadata.name}"`
            : "timed out waiting for the condition",
        [],
    );
}

/** The kinds whose `skipAwait` covers deletion too. */
const mayBeLeftTerminating = new Set([
    "DaemonSet",
    "Deployment",
    "Job",
    "Namespace",
    "Pod",
    "ReplicationController",
    "StatefulSet",
]);

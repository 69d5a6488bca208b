import { setTimeout as delay } from "node:timers/promises";
import { V1Pod } from "@kubernetes/client-node";
import { Cluster } from "../kube/cluster";
import { mayCrash, notAtWork, uidOf } from "../kube/proxyPods";
import { proxyPod } from "../kube/sortedPods";

/** How long the kubelet may take to report that a container has ended, milliseconds. */
const reportedMs = 5_000;

const pauseMs = 500;

/** What has become of pods that were listed as running. */
export interface Ended {
    /** Their proxies do not run any more; as they are now. */
    notAtWork: V1Pod[];
    /** They were deleted. */
    gone: V1Pod[];
}

/**
 * Finds the proxies that ended after their pods were listed. One that crashes at once is listed as running, and as ready without a probe,
 * until the kubelet reports its end, so a proxy that may crash is given the time for that.
 *
 * @param silent - those that did not answer
 */
export async function endedSince(cluster: Cluster, silent: V1Pod[], signal: AbortSignal): Promise<Ended> {
    const deadline = Date.now() + reportedMs;
    for (;;) {
        const ended =
            silent.length === 0 ? { notAtWork: [], gone: [] } : await compare(cluster, silent, signal);
        const known = new Set([...ended.notAtWork, ...ended.gone].map(uidOf));
        const open = silent.filter((pod) => !known.has(uidOf(pod)) && mayCrash(pod));
        if (open.length === 0 || Date.now() + pauseMs > deadline) {
            return ended;
        }
        await delay(pauseMs, undefined, { signal });
    }
}

async function compare(cluster: Cluster, silent: V1Pod[], signal: AbortSignal): Promise<Ended> {
    const present = new Map((await cluster.pods(proxyPod, signal)).map((pod) => [uidOf(pod), pod]));
    const now = silent.flatMap((pod) => present.get(uidOf(pod)) ?? []);
    return {
        notAtWork: now.filter((pod) => notAtWork(pod) !== undefined),
        gone: silent.filter((pod) => !present.has(uidOf(pod))),
    };
}

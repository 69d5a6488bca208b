import { once } from "node:events";
import type { KubernetesObject as WatchedObject, ListWatch } from "@kubernetes/client-node";
import { Cluster } from "../cluster";
import { KubernetesObject, ObjectQuery } from "../kubernetesObject";

/** Milliseconds until a list or watch that failed is tried again. */
const retryAfter = 1000;

export interface UntilOptions {
    /** Ends the waiting. */
    signal: AbortSignal;
    /** Milliseconds for which nothing may change after the condition is met. Default 0. */
    settle?: number;
}

/** Watches the objects of some queries in one cluster. */
export class ObjectWatch {
    constructor(
        private readonly cluster: Cluster,
        private readonly queries: ObjectQuery[],
    ) {}

    /**
     * Waits until a condition on the objects is met.
     *
     * @param met is called with one list a query, once all are known and after every change.
     * @returns false if the signal came first.
     */
    async until(met: (lists: KubernetesObject[][]) => boolean, options: UntilOptions): Promise<boolean> {
        const { signal, settle = 0 } = options;
        const over = new AbortController();
        const watches = await Promise.all(this.queries.map((query) => this.listWatch(query)));
        const satisfied = new Promise<boolean>((resolve) => {
            let settled: NodeJS.Timeout | undefined;
            const check = (): void => {
                clearTimeout(settled);
                const known = !over.signal.aborted && watches.every((watch) => watch.latestResourceVersion());
                if (known && met(watches.map((watch) => watch.list() as unknown as KubernetesObject[]))) {
                    settled = setTimeout(() => resolve(true), settle);
                }
            };
            const start = async (watch: ListWatch<WatchedObject>): Promise<void> => {
                if (!over.signal.aborted) {
                    await watch.start();
                    check();
                }
            };
            for (const watch of watches) {
                watch.on("change", check);
                watch.on("error", () => setTimeout(() => void start(watch), retryAfter).unref());
                void start(watch);
            }
        });
        try {
            return await Promise.race([satisfied, aborted(signal)]);
        } finally {
            over.abort();
            await Promise.all(watches.map((watch) => watch.stop()));
        }
    }

    private async listWatch(query: ObjectQuery): Promise<ListWatch<WatchedObject>> {
        const { ListWatch, Watch } = await import("../clientNode.js");
        return new ListWatch<WatchedObject>(
            await this.cluster.listPath(query),
            new Watch(this.cluster.kubeconfig),
            () => this.cluster.list(query),
            false,
            query.labelSelector,
            query.fieldSelector,
        );
    }
}

async function aborted(signal: AbortSignal): Promise<boolean> {
    if (!signal.aborted) {
        await once(signal, "abort");
    }
    return false;
}

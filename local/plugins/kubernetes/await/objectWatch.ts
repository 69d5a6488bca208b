import { once } from "node:events";
import type { KubernetesObject as WatchedObject, ListWatch } from "@kubernetes/client-node";
import { Cluster, ObjectQuery } from "../cluster";
import { KubernetesObject } from "../kubernetesObject";

/** Milliseconds until a watch that broke is opened again. */
const reopenAfter = 1000;

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
     * @param met is called with one list a query, at first and after every change.
     * @returns false if the signal came first.
     */
    async until(met: (lists: KubernetesObject[][]) => boolean, options: UntilOptions): Promise<boolean> {
        const { signal, settle = 0 } = options;
        const watches = await Promise.all(this.queries.map((query) => this.listWatch(query)));
        let settled: NodeJS.Timeout | undefined;
        const satisfied = new Promise<boolean>((resolve) => {
            const check = (): void => {
                clearTimeout(settled);
                if (met(watches.map((watch) => watch.list() as unknown as KubernetesObject[]))) {
                    settled = setTimeout(() => resolve(true), settle);
                }
            };
            void Promise.all(watches.map((watch) => watch.start())).then(() => {
                watches.forEach((watch) => watch.on("change", check));
                check();
            });
        });
        try {
            return await Promise.race([satisfied, aborted(signal)]);
        } finally {
            clearTimeout(settled);
            await Promise.all(watches.map((watch) => watch.stop()));
        }
    }

    private async listWatch(query: ObjectQuery): Promise<ListWatch<WatchedObject>> {
        const { ListWatch, Watch } = await import("../clientNode.js");
        const watch: ListWatch<WatchedObject> = new ListWatch(
            await this.cluster.listPath(query),
            new Watch(this.cluster.kubeconfig),
            () => this.cluster.list(query),
            false,
            query.labelSelector,
            query.fieldSelector,
        );
        watch.on("error", () => setTimeout(() => void watch.start(), reopenAfter).unref());
        return watch;
    }
}

async function aborted(signal: AbortSignal): Promise<boolean> {
    if (!signal.aborted) {
        await once(signal, "abort");
    }
    return false;
}

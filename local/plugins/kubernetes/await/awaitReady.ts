import { Cluster } from "../cluster";
import { annotation, annotationIsTrue, annotations, KubernetesObject } from "../kubernetesObject";
import { StatusLog } from "../statusLog";
import { ObjectWatch } from "./objectWatch";
import { readinessRule } from "./readiness";
import { Readiness } from "./readinessRule";

/** Seconds to wait when neither the program nor the object says how long. */
const defaultTimeout = 600;

export interface AwaitOptions {
    /** The object before the update, if it is one. */
    previous?: KubernetesObject;
    /** Seconds, from the resource's `customTimeouts`; 0: the object's annotation or 600. */
    timeout: number;
    log: StatusLog;
    /** The user's cancellation. */
    signal: AbortSignal;
}

/** The object is there but did not become what was awaited. */
export class NotReadyError extends Error {
    constructor(
        message: string,
        /** What is still missing. */
        readonly reasons: string[],
    ) {
        super(message);
    }
}

/** What is still missing, as far as the error says. */
export function reasonsOf(error: Error): string[] {
    return error instanceof NotReadyError ? error.reasons : [];
}

/** Takes what kept an object from becoming ready for an answer; any other error stays one. */
export function notReady(error: unknown): NotReadyError {
    if (error instanceof NotReadyError) {
        return error;
    }
    throw error;
}

/**
 * Waits until an object that was written is ready, as far as there are rules for its kind.
 *
 * @throws NotReadyError when time is up or the user cancels.
 */
export async function awaitReady(
    cluster: Cluster,
    object: KubernetesObject,
    options: AwaitOptions,
): Promise<void> {
    const rule = readinessRule(object);
    if (!rule || annotationIsTrue(object, annotations.skipAwait)) {
        return;
    }
    const { log, signal, previous } = options;
    let readiness: Readiness | undefined;
    const met = ([found, ...related]: KubernetesObject[][]): boolean => {
        const live = found?.[0];
        readiness = live && rule.evaluate({ object: live, previous, related });
        const message = readiness?.messages.at(-1);
        if (message) {
            log.show(message.severity, message.text);
        }
        return readiness?.ready ?? false;
    };
    const watch = new ObjectWatch(cluster, [itself(object), ...rule.related(object)]);
    const settle = 1000 * (rule.settle?.(object) ?? 0);
    const timeUp = AbortSignal.timeout(1000 * timeoutSeconds(options.timeout, object));
    const done = await watch.until(met, { signal: AbortSignal.any([signal, timeUp]), settle });
    if (done || readiness?.ready) {
        return log.clear();
    }
    const { name } = object.metadata;
    throw new NotReadyError(
        signal.aborted
            ? `Resource operation was cancelled for "${name}"`
            : `'${name}' timed out waiting to be Ready`,
        readiness?.errors ?? [],
    );
}

/**
 * Checks once whether a live object is ready, as far as there are rules for its kind.
 *
 * @throws NotReadyError when it is not.
 */
export async function requireReady(cluster: Cluster, object: KubernetesObject): Promise<void> {
    const rule = readinessRule(object);
    if (!rule || annotationIsTrue(object, annotations.skipAwait)) {
        return;
    }
    const lists = await Promise.all(rule.related(object).map((query) => cluster.list(query)));
    const readiness = rule.evaluate({ object, related: lists.map(({ items }) => items) });
    if (!readiness.ready) {
        throw new NotReadyError(
            `Resource '${object.metadata.name}' was created but failed to initialize`,
            readiness.errors,
        );
    }
}

/** Seconds: the resource's timeout, otherwise its annotation's, otherwise the default. */
export function timeoutSeconds(timeout: number, object: KubernetesObject): number {
    return timeout || Number.parseInt(annotation(object, annotations.timeoutSeconds), 10) || defaultTimeout;
}

/** The query that finds just this object. */
export function itself({ apiVersion, kind, metadata }: KubernetesObject) {
    return {
        apiVersion,
        kind,
        namespace: metadata.namespace,
        fieldSelector: `metadata.name=${metadata.name}`,
    };
}

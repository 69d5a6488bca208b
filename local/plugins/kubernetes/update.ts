import { PartialFailure, UpdateRequest, UpdateResponse } from "../provider";
import { containsUnknown } from "../properties";
import { fieldManager } from "./autonaming";
import { awaitReady } from "./await/awaitReady";
import { plain, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { Cluster } from "./cluster";
import { csaManager, newSuffix } from "./create";
import { adoptFields, isOwnCreation, keepIgnored } from "./fieldOwnership";
import { annotationIsTrue, annotations, KubernetesObject, objectId, toObject } from "./kubernetesObject";
import { mergePatch } from "./mergePatch";
import { normalize } from "./normalize";
import { parsePath } from "./propertyPath";
import { pruneTo } from "./prune";
import { Session } from "./session";
import { StatusLog } from "./statusLog";
import { isStatus, NoMatchError, UnreachableError } from "./statusError";

/** Applies new inputs to an object and waits until it is ready; in a preview, asks the server what would come of it. */
export async function update(session: Session, request: UpdateRequest): Promise<UpdateResponse> {
    const olds = readCheckpoint(request.olds);
    const inputs = normalize(plain(request.news));
    const known = session.config.enableServerSideApply ? olds.fieldManager : csaManager;
    const change: Change = {
        inputs,
        olds: toObject(pruneTo(olds.live, normalize(olds.inputs))),
        manager: fieldManager(inputs, known, newSuffix()),
        ignoreChanges: request.ignoreChanges,
        preview: request.preview,
    };
    const outputs = (live: KubernetesObject) =>
        writeCheckpoint(
            { inputs, live, initialApiVersion: olds.initialApiVersion, fieldManager: change.manager },
            request.news,
        );
    if (request.preview) {
        const preview = await previewUpdate(session, request, change);
        return { properties: preview ? outputs(preview) : request.news };
    }
    const cluster = await session.requireCluster();
    const log = new StatusLog(session.log, request.urn);
    const failure = await updateAndAwait(session, cluster, change, request.timeout, log).catch(
        (error: unknown) => error as Error,
    );
    if (failure instanceof NoMatchError) {
        throw notServed(request.urn, failure);
    }
    const live = await cluster.get(olds.live).catch((error: unknown) => {
        const cause = failure && `update of resource "${request.urn}" failed: ${failure.message}\n`;
        throw new Error(`${cause ?? ""}unable to get cluster state: ${(error as Error).message}`);
    });
    if (failure) {
        const message =
            `the Kubernetes API server reported that "${objectId(live)}" failed to fully initialize or become ` +
            `live: ${failure.message}`;
        const reasons = [message, ...("reasons" in failure ? (failure.reasons as string[]) : [])];
        throw new PartialFailure(message, objectId(live), outputs(live), reasons, request.news);
    }
    return { properties: outputs(live) };
}

interface Change {
    inputs: KubernetesObject;
    /** The object in state, as far as the old inputs spoke of it. */
    olds: KubernetesObject;
    manager: string;
    ignoreChanges: string[];
    preview: boolean;
}

/** Undefined when the server cannot tell: unknown values, a kind that does not exist yet, no permission, no connection. */
async function previewUpdate(
    session: Session,
    { urn }: UpdateRequest,
    change: Change,
): Promise<KubernetesObject | undefined> {
    const cluster = await session.cluster();
    if (cluster instanceof UnreachableError || containsUnknown(change.inputs)) {
        return undefined;
    }
    try {
        return await write(session, cluster, change, await cluster.get(change.olds));
    } catch (error) {
        if (error instanceof NoMatchError || isStatus(error, "Forbidden")) {
            return undefined;
        }
        throw new Error(`update of resource "${urn}" failed: ${(error as Error).message}`, { cause: error });
    }
}

async function updateAndAwait(
    session: Session,
    cluster: Cluster,
    change: Change,
    timeout: number,
    log: StatusLog,
): Promise<undefined> {
    const previous = await cluster.get(change.olds);
    const updated = await write(session, cluster, change, previous);
    await awaitReady(cluster, updated, { previous, timeout, log, signal: session.signal });
}

async function write(
    { config }: Session,
    cluster: Cluster,
    change: Change,
    live: KubernetesObject,
): Promise<KubernetesObject> {
    const { inputs, olds, manager, preview: dryRun } = change;
    if (!config.enableServerSideApply) {
        return cluster.mergePatch(live, mergePatch(olds, inputs), { fieldManager: manager, dryRun });
    }
    if (!dryRun) {
        await adoptFields(cluster, live, manager);
    }
    const applied = keepIgnored(inputs, live, manager, change.ignoreChanges.map(parsePath));
    const force =
        config.enablePatchForce ||
        annotationIsTrue(inputs, annotations.patchForce) ||
        (dryRun && isOwnCreation(live));
    return cluster.apply(applied, { fieldManager: manager, dryRun, force }).catch((error: unknown) => {
        throw isStatus(error, "Conflict") ? applyConflict(error, manager) : error;
    });
}

function applyConflict(error: Error, manager: string): Error {
    return new Error(
        "Server-Side Apply field conflict detected. See https://www.pulumi.com/registry/packages/kubernetes/" +
            "how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources " +
            `for troubleshooting help.\nThe resource managed by field manager "${manager}" had an apply conflict: ` +
            error.message,
    );
}

function notServed(urn: string, error: NoMatchError): Error {
    return new Error(
        `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
            `resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
    );
}

import { PartialFailure, UpdateRequest, UpdateResponse } from "../provider";
import { containsUnknown } from "../properties";
import { awaitReady, reasonsOf } from "./await/awaitReady";
import { Checkpoint, plain, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { Cluster } from "./cluster";
import { fieldManager } from "./fieldManager";
import { adoptFields, isOwnCreation, keepIgnored } from "./fieldOwnership";
import { annotationIsTrue, annotations, KubernetesObject, objectId } from "./kubernetesObject";
import { mergePatch } from "./mergePatch";
import { normalize } from "./normalize";
import { parsePath } from "./propertyPath";
import { pruneTo } from "./prune";
import { Session } from "./session";
import { StatusLog } from "./statusLog";
import { explainConflict, isStatus, NoMatchError, UnreachableError } from "./statusError";

/**
 * Applies new inputs to an object and waits until it is ready; in a preview, asks the server what the result would be.
 */
export async function update(session: Session, request: UpdateRequest): Promise<UpdateResponse> {
    const olds = readCheckpoint(request.olds);
    const inputs = normalize(plain(request.news));
    const manager = fieldManager(session.config, inputs, olds.fieldManager);
    const change = { inputs, olds, manager, request };
    const outputs = (live: KubernetesObject) =>
        writeCheckpoint({ ...olds, inputs, live, fieldManager: manager }, request.news);
    if (request.preview && !(await canPreview(session, inputs))) {
        return { properties: request.news };
    }
    const cluster = await session.requireCluster();
    const result = await writeAndAwait(session, cluster, change).catch((error: unknown) => error as Error);
    if (!(result instanceof Error)) {
        return { properties: outputs(result) };
    }
    if (request.preview && isStatus(result, "Forbidden")) {
        return { properties: request.news };
    }
    if (result instanceof NoMatchError) {
        throw notServed(request.urn, result);
    }
    const live = await cluster.get(olds.live).catch((error: unknown) => {
        const cause = `update of resource "${request.urn}" failed: ${result.message}`;
        throw new Error(`${cause}\nunable to get cluster state: ${(error as Error).message}`);
    });
    const message =
        `the Kubernetes API server reported that "${objectId(live)}" failed to fully initialize or become live: ` +
        result.message;
    const reasons = [message, ...reasonsOf(result)];
    throw new PartialFailure(message, objectId(live), outputs(live), reasons, request.news);
}

interface Change {
    inputs: KubernetesObject;
    olds: Checkpoint;
    manager: string;
    request: UpdateRequest;
}

/** Not with unknown values, for a kind that does not exist yet, or without a connection. */
async function canPreview(session: Session, inputs: KubernetesObject): Promise<boolean> {
    const cluster = await session.cluster();
    if (cluster instanceof UnreachableError || containsUnknown(inputs)) {
        return false;
    }
    return cluster.isNamespaced(inputs).then(
        () => true,
        () => false,
    );
}

async function writeAndAwait(session: Session, cluster: Cluster, change: Change): Promise<KubernetesObject> {
    const { olds, request } = change;
    const previous = await cluster.get(olds.live);
    const updated = await write(session, cluster, change, previous);
    if (request.preview) {
        return updated;
    }
    const log = new StatusLog(session.log, request.urn);
    await awaitReady(cluster, updated, { previous, timeout: request.timeout, log, signal: session.signal });
    return cluster.get(updated).catch(() => updated);
}

async function write(
    { config }: Session,
    cluster: Cluster,
    change: Change,
    live: KubernetesObject,
): Promise<KubernetesObject> {
    const { inputs, manager, request } = change;
    const dryRun = request.preview;
    if (!config.enableServerSideApply) {
        const before = pruneTo(change.olds.live, normalize(change.olds.inputs));
        return cluster.mergePatch(live, mergePatch(before, inputs), { fieldManager: manager, dryRun });
    }
    if (!dryRun) {
        await adoptFields(cluster, live, manager);
    }
    const applied = keepIgnored(inputs, live, manager, request.ignoreChanges.map(parsePath));
    const force =
        config.enablePatchForce ||
        annotationIsTrue(inputs, annotations.patchForce) ||
        (dryRun && isOwnCreation(live));
    return cluster.apply(applied, { fieldManager: manager, dryRun, force }).catch((error: unknown) => {
        throw explainConflict(error, manager);
    });
}

function notServed(urn: string, error: NoMatchError): Error {
    return new Error(
        `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
            `resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
    );
}

import { DeleteRequest, PartialFailure } from "../provider";
import { awaitDeleted } from "./await/awaitDeleted";
import { notReady } from "./await/awaitReady";
import { readCheckpoint, writeCheckpoint } from "./checkpoint";
import { annotation, annotations, KubernetesObject, objectId, parseObjectId } from "./kubernetesObject";
import { Session } from "./session";
import { StatusLog } from "./statusLog";
import { isStatus, NoMatchError, UnreachableError } from "./statusError";

/** Deletes an object and waits until it is gone; one that is gone already is not an error. */
export async function remove(session: Session, request: DeleteRequest): Promise<void> {
    const cluster = await session.cluster();
    if (cluster instanceof UnreachableError) {
        return unreachable(session, request, cluster);
    }
    const olds = readCheckpoint(request.properties);
    const { name } = parseObjectId(request.id);
    const object = { ...olds.live, metadata: { ...olds.live.metadata, name } };
    const remaining = await cluster.delete(object, propagationPolicy(olds.inputs)).catch(goneAlready);
    if (!remaining) {
        return;
    }
    const log = new StatusLog(session.log, request.urn);
    const options = { timeout: request.timeout, log, signal: session.signal };
    const failure = await awaitDeleted(cluster, remaining, options).then(() => undefined, notReady);
    if (failure) {
        const live = await cluster.get(object).catch(() => remaining);
        const properties = writeCheckpoint({ ...olds, live }, request.properties);
        throw new PartialFailure(
            failure.message,
            objectId(live),
            properties,
            [failure.message],
            request.oldInputs,
        );
    }
}

function goneAlready(error: unknown): undefined {
    if (!(error instanceof NoMatchError) && !isStatus(error, "NotFound")) {
        throw error;
    }
}

/** By default the object goes only after what it owns. */
function propagationPolicy(inputs: KubernetesObject): string {
    const policy = annotation(inputs, annotations.deletionPropagationPolicy).toLowerCase();
    return { orphan: "Orphan", background: "Background" }[policy] ?? "Foreground";
}

async function unreachable(
    { log, config }: Session,
    { urn }: DeleteRequest,
    error: UnreachableError,
): Promise<void> {
    await log.log("warning", `configured Kubernetes cluster is unreachable: ${error.message}`, urn);
    if (!config.deleteUnreachable) {
        throw new Error(
            "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource " +
                "from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment " +
                'variable set to "true"',
        );
    }
    const message =
        "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. Deleting the " +
        "unreachable resource from Pulumi state";
    await log.log("info", message, urn);
}

import { PartialFailure, PropertyMap, ReadRequest, ReadResponse } from "../provider";
import { notReady, requireReady } from "./await/awaitReady";
import { markSecrets, plain, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { fieldManager } from "./fieldManager";
import { KubernetesObject, parseObjectId, toObject, without } from "./kubernetesObject";
import { normalize } from "./normalize";
import { pruneTo } from "./prune";
import { Session } from "./session";
import { isStatus, NoMatchError, UnreachableError } from "./statusError";

/** The live object: for a refresh as far as the inputs mention it, for an import or `get` all of it. */
export async function read(session: Session, request: ReadRequest): Promise<ReadResponse> {
    const cluster = await session.cluster();
    if (cluster instanceof UnreachableError) {
        return unreachable(session, request, cluster);
    }
    const olds = readCheckpoint(request.properties);
    const inputs = identified(normalize(plain(request.inputs)), olds.live, request);
    const imported = request.inputs["kind"] === undefined && !olds.live.kind;
    const live = await cluster.get(inputs).catch((error: unknown) => {
        if (error instanceof NoMatchError || isStatus(error, "NotFound")) {
            return undefined;
        }
        throw error;
    });
    if (!live) {
        return {};
    }
    const failure = imported ? undefined : await requireReady(cluster, live).then(() => undefined, notReady);
    const liveInputs = imported ? importedInputs(live) : toObject(pruneTo(live, inputs));
    const checkpoint = {
        inputs: liveInputs,
        live,
        initialApiVersion: olds.initialApiVersion || inputs.apiVersion,
        fieldManager: fieldManager(session.config, inputs, olds.fieldManager),
    };
    const properties = writeCheckpoint(checkpoint, request.inputs);
    const secretInputs = markSecrets(liveInputs, request.inputs);
    if (failure) {
        const reasons = [failure.message, ...failure.reasons];
        throw new PartialFailure(failure.message, request.id, properties, reasons, secretInputs);
    }
    return { id: request.id, properties, inputs: secretInputs };
}

/** The inputs, with the identity that the state, the ID and the type token add if they lack it. */
function identified(
    inputs: KubernetesObject,
    live: KubernetesObject,
    { id, type }: ReadRequest,
): KubernetesObject {
    if (inputs.kind) {
        return inputs;
    }
    const { namespace, name } = parseObjectId(id);
    const [, module = "", kind = ""] = type.split(":");
    return {
        ...inputs,
        apiVersion: live.apiVersion || module.replace(/^core\//, ""),
        kind: live.kind || kind,
        metadata: {
            ...inputs.metadata,
            name: inputs.metadata.name ?? name,
            ...(namespace && { namespace: inputs.metadata.namespace ?? namespace }),
        },
    };
}

/** What a program would have to say to get the object: all but what the server says by itself. */
function importedInputs(live: KubernetesObject): KubernetesObject {
    const inputs = normalize(without(live, "status"));
    const kept = Object.entries(inputs.metadata.annotations ?? {}).filter(
        ([key]) => !serverAnnotations.has(key),
    );
    return {
        ...inputs,
        metadata: {
            ...without(inputs.metadata, "annotations"),
            ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
        },
    };
}

const serverAnnotations = new Set([
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
]);

async function unreachable(
    session: Session,
    request: ReadRequest,
    error: UnreachableError,
): Promise<ReadResponse> {
    const { log, config } = session;
    const text = "configured Kubernetes cluster is unreachable";
    await log.log("warning", `${text}: ${error.message}`, request.urn);
    if (config.deleteUnreachable) {
        await log.log(
            "info",
            `${text} and the \`deleteUnreachable\` option is enabled. ${deletes}`,
            request.urn,
        );
        return {};
    }
    if (config.skipUpdateUnreachable) {
        await log.log("info", `${text} and the \`skipUnreachable\` option is enabled. ${skips}`, request.urn);
        return unchanged(request);
    }
    throw new Error(
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this " +
            "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE " +
            'environment variable set to "true"',
    );
}

function unchanged({ id, properties, inputs }: ReadRequest): {
    id: string;
    properties: PropertyMap;
    inputs: PropertyMap;
} {
    return { id, properties, inputs };
}

const deletes = "Deleting the unreachable resource from Pulumi state";
const skips = "Returned data could not reflect the actual cluster configuration.";

import pRetry from "p-retry";
import { CreateRequest, CreateResponse, PartialFailure } from "../provider";
import { containsUnknown } from "../properties";
import { awaitReady, reasonsOf } from "./await/awaitReady";
import { plain, writeCheckpoint } from "./checkpoint";
import { Cluster } from "./cluster";
import { fieldManager } from "./fieldManager";
import {
    annotationIsTrue,
    annotations,
    KubernetesObject,
    objectId,
    toObject,
    without,
} from "./kubernetesObject";
import { Session } from "./session";
import { StatusLog } from "./statusLog";
import {
    existsAlready,
    explainConflict,
    isNamespaceNotFound,
    isStatus,
    NoMatchError,
    StatusError,
    UnreachableError,
} from "./statusError";

/**
 * Creates an object and waits until it is ready; in a preview, asks the server what the result would be.
 */
export async function create(session: Session, request: CreateRequest): Promise<CreateResponse> {
    const inputs = toObject(plain(request.properties));
    const manager = fieldManager(session.config, inputs);
    const outputs = (live: KubernetesObject) =>
        writeCheckpoint(
            { inputs, live, initialApiVersion: inputs.apiVersion, fieldManager: manager },
            request.properties,
        );
    if (request.preview) {
        const preview = await previewCreate(session, request.urn, inputs, manager);
        return { properties: preview ? outputs(preview) : request.properties };
    }
    const cluster = await session.requireCluster();
    const log = new StatusLog(session.log, request.urn);
    const created = await write(session, cluster, inputs, manager, log).catch((error: unknown) => {
        throw notCreated(request.urn, inputs, error);
    });
    log.clear();
    const options = { timeout: request.timeout, log, signal: session.signal };
    const failure = await awaitReady(cluster, created, options).catch((error: unknown) => error as Error);
    const live = await cluster.get(created).catch(() => created);
    if (failure) {
        const message =
            `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it ` +
            `failed to fully initialize or become live: ${failure.message}`;
        const reasons = [message, ...reasonsOf(failure)];
        throw new PartialFailure(message, objectId(live), outputs(live), reasons, request.properties);
    }
    return { id: objectId(live), properties: outputs(live) };
}

/**
 * Undefined when the server cannot tell: unknown values, a kind or namespace yet to be created, no
 * connection.
 */
async function previewCreate(
    session: Session,
    urn: string,
    inputs: KubernetesObject,
    manager: string,
): Promise<KubernetesObject | undefined> {
    const cluster = await session.cluster();
    if (
        cluster instanceof UnreachableError ||
        containsUnknown(inputs) ||
        !session.config.enableServerSideApply
    ) {
        return undefined;
    }
    try {
        return without(await writeOnce(session, cluster, inputs, manager, true), "status");
    } catch (error) {
        const expected =
            error instanceof NoMatchError ||
            isNamespaceNotFound(error) ||
            isStatus(error, "AlreadyExists") ||
            isStatus(error, "Forbidden") ||
            (error instanceof StatusError && error.message.includes("does not support dry run"));
        if (expected) {
            return undefined;
        }
        throw notCreated(urn, inputs, error);
    }
}

/**
 * Retried for about a minute while the namespace or the kind does not exist: another tool may be making it.
 */
async function write(
    session: Session,
    cluster: Cluster,
    inputs: KubernetesObject,
    manager: string,
    log: StatusLog,
): Promise<KubernetesObject> {
    return pRetry(() => writeOnce(session, cluster, inputs, manager, false), {
        retries: 5,
        minTimeout: 2000,
        factor: 2,
        signal: session.signal,
        shouldRetry: ({ error }) => error instanceof NoMatchError || isStatus(error, "NotFound"),
        onFailedAttempt: ({ error, attemptNumber }) =>
            log.show("info", `Retry #${attemptNumber - 1}; creation failed: ${error.message}`),
    });
}

/** A plain creation, which refuses to take over an object that exists, unless the user wants just that. */
async function writeOnce(
    { config }: Session,
    cluster: Cluster,
    inputs: KubernetesObject,
    manager: string,
    dryRun: boolean,
): Promise<KubernetesObject> {
    if (config.upsertExistingObjects && config.enableServerSideApply) {
        const force = dryRun || config.enablePatchForce || annotationIsTrue(inputs, annotations.patchForce);
        return cluster.apply(inputs, { dryRun, fieldManager: manager, force }).catch((error: unknown) => {
            throw explainConflict(error, manager);
        });
    }
    return cluster.create(inputs, { dryRun });
}

function notCreated(urn: string, { apiVersion, kind }: KubernetesObject, error: unknown): Error {
    const { message } = error as Error;
    const help = isStatus(error, "AlreadyExists") ? existsAlready : "";
    return error instanceof NoMatchError
        ? new Error(
              `creation of resource "${urn}" with kind ${apiVersion}/${kind} failed because the Kubernetes API server ` +
                  "reported that the apiVersion for this resource does not exist. Verify that any required CRDs have " +
                  `been created: ${message}`,
          )
        : new Error(
              `resource "${urn}" was not successfully created by the Kubernetes API server: ${message}${help}`,
          );
}

import { CheckRequest, CheckResponse, PropertyMap } from "../provider";
import { isUnknown } from "../properties";
import { autoname } from "./autonaming";
import { waitFor } from "./await/waitFor";
import { markSecrets, plain } from "./checkpoint";
import { isBuiltIn, isNamespacedBuiltIn, isUnsupportedType } from "./kinds";
import { KubernetesObject, toObject } from "./kubernetesObject";
import { normalize } from "./normalize";
import { Session } from "./session";
import { UnreachableError } from "./statusError";

/** The inputs of a resource, normalized, named and in a namespace. */
export async function check(session: Session, request: CheckRequest): Promise<CheckResponse> {
    if (isUnsupportedType(request.type)) {
        throw new Error(`resource type ${request.type} needs the official Pulumi kubernetes provider`);
    }
    if (session.config.skipUpdateUnreachable && (await session.cluster()) instanceof UnreachableError) {
        const message = "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...";
        await session.log.log("warning", message, request.urn);
        return { inputs: request.olds };
    }
    const object = normalize(plain(request.news));
    if (object.metadata["generateName"] !== undefined) {
        throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
    }
    waitFor(object);
    autoname(object, hasValues(request.olds) ? toObject(plain(request.olds)) : undefined, request);
    if (!object.metadata.namespace && (await isNamespaced(session, object))) {
        const namespace = await session.namespace();
        Object.assign(object.metadata, namespace && { namespace });
    }
    return { inputs: markSecrets(object, request.news) };
}

/** Whether objects of the kind live in namespaces; a kind that is not (yet) known is assumed to. */
export async function isNamespaced(session: Session, object: KubernetesObject): Promise<boolean> {
    if (isBuiltIn(object) || isUnknown(object.kind)) {
        return isNamespacedBuiltIn(object);
    }
    const cluster = await session.cluster();
    return cluster instanceof UnreachableError || cluster.isNamespaced(object).catch(() => true);
}

function hasValues(properties: PropertyMap): boolean {
    return Object.keys(properties).length > 0;
}

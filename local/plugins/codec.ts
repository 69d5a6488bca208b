import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import * as rpc from "./provider";

/** How one method's messages become the plain objects of {@link rpc.ResourceProvider}, and back. */
export interface Codec<Request, Response, RequestMessage, ResponseMessage> {
    decode: (message: RequestMessage) => Request;
    encode: (response: Response) => ResponseMessage;
}

export const handshake: Codec<
    rpc.HandshakeRequest,
    rpc.HandshakeResponse,
    pb.ProviderHandshakeRequest,
    pb.ProviderHandshakeResponse
> = {
    decode: (message) => ({
        engineAddress: message.getEngineAddress(),
        rootDirectory: message.getRootDirectory(),
        programDirectory: message.getProgramDirectory(),
    }),
    encode: (response) =>
        new pb.ProviderHandshakeResponse()
            .setAcceptSecrets(response.acceptSecrets ?? false)
            .setAcceptResources(response.acceptResources ?? false)
            .setAcceptOutputs(response.acceptOutputs ?? false)
            .setSupportsAutonamingConfiguration(response.supportsAutonamingConfiguration ?? false)
            .setAcceptsByteString(response.acceptsByteString ?? false),
};

export const configure: Codec<
    rpc.ConfigureRequest,
    rpc.ConfigureResponse,
    pb.ConfigureRequest,
    pb.ConfigureResponse
> = {
    decode: (message) => ({
        variables: Object.fromEntries(message.getVariablesMap().getEntryList()),
        args: properties(message.getArgs()),
        acceptSecrets: message.getAcceptsecrets(),
        acceptResources: message.getAcceptresources(),
        id: message.getId(),
        urn: message.getUrn(),
        name: message.getName(),
        type: message.getType(),
    }),
    encode: (response) =>
        new pb.ConfigureResponse()
            .setAcceptsecrets(response.acceptSecrets ?? false)
            .setSupportspreview(response.supportsPreview ?? false)
            .setAcceptresources(response.acceptResources ?? false)
            .setAcceptoutputs(response.acceptOutputs ?? false)
            .setSupportsAutonamingConfiguration(response.supportsAutonamingConfiguration ?? false),
};

export const check: Codec<rpc.CheckRequest, rpc.CheckResponse, pb.CheckRequest, pb.CheckResponse> = {
    decode: (message) => {
        const autonaming = message.getAutonaming();
        return {
            ...resource(message),
            olds: properties(message.getOlds()),
            news: properties(message.getNews()),
            randomSeed: message.getRandomseed_asU8(),
            autonaming: autonaming && {
                proposedName: autonaming.getProposedName(),
                mode: (["PROPOSE", "ENFORCE", "DISABLE"] as const)[autonaming.getMode()],
            },
        };
    },
    encode: (response) =>
        new pb.CheckResponse()
            .setInputs(struct(response.inputs))
            .setFailuresList(
                (response.failures ?? []).map((failure) =>
                    new pb.CheckFailure().setProperty(failure.property ?? "").setReason(failure.reason),
                ),
            ),
};

export const diff: Codec<rpc.DiffRequest, rpc.DiffResponse, pb.DiffRequest, pb.DiffResponse> = {
    decode: (message) => ({
        ...resource(message),
        id: message.getId(),
        olds: properties(message.getOlds()),
        news: properties(message.getNews()),
        oldInputs: properties(message.getOldInputs()),
        ignoreChanges: message.getIgnorechangesList(),
    }),
    encode: (response) => {
        const message = new pb.DiffResponse()
            .setChanges(pb.DiffResponse.DiffChanges[response.changes ?? "DIFF_UNKNOWN"])
            .setReplacesList(response.replaces ?? [])
            .setStablesList(response.stables ?? [])
            .setDiffsList(response.diffs ?? [])
            .setDeletebeforereplace(response.deleteBeforeReplace ?? false)
            .setHasdetaileddiff(response.hasDetailedDiff ?? false);
        for (const [path, difference] of Object.entries(response.detailedDiff ?? {})) {
            const value = new pb.PropertyDiff()
                .setKind(pb.PropertyDiff.Kind[difference.kind ?? "ADD"])
                .setInputdiff(difference.inputDiff ?? false);
            message.getDetaileddiffMap().set(path, value);
        }
        return message;
    },
};

export const create: Codec<rpc.CreateRequest, rpc.CreateResponse, pb.CreateRequest, pb.CreateResponse> = {
    decode: (message) => ({
        ...resource(message),
        properties: properties(message.getProperties()),
        timeout: message.getTimeout(),
        preview: message.getPreview(),
    }),
    encode: (response) =>
        new pb.CreateResponse().setId(response.id ?? "").setProperties(struct(response.properties)),
};

export const read: Codec<rpc.ReadRequest, rpc.ReadResponse, pb.ReadRequest, pb.ReadResponse> = {
    decode: (message) => ({
        ...resource(message),
        id: message.getId(),
        properties: properties(message.getProperties()),
        inputs: properties(message.getInputs()),
        timeout: message.getTimeout(),
    }),
    encode: (response) =>
        new pb.ReadResponse()
            .setId(response.id ?? "")
            .setProperties(struct(response.properties))
            .setInputs(struct(response.inputs)),
};

export const update: Codec<rpc.UpdateRequest, rpc.UpdateResponse, pb.UpdateRequest, pb.UpdateResponse> = {
    decode: (message) => ({
        ...resource(message),
        id: message.getId(),
        olds: properties(message.getOlds()),
        news: properties(message.getNews()),
        oldInputs: properties(message.getOldInputs()),
        timeout: message.getTimeout(),
        ignoreChanges: message.getIgnorechangesList(),
        preview: message.getPreview(),
    }),
    encode: (response) => new pb.UpdateResponse().setProperties(struct(response.properties)),
};

export const remove: Codec<rpc.DeleteRequest, void, pb.DeleteRequest, Empty> = {
    decode: (message) => ({
        ...resource(message),
        id: message.getId(),
        properties: properties(message.getProperties()),
        oldInputs: properties(message.getOldInputs()),
        timeout: message.getTimeout(),
    }),
    encode: () => new Empty(),
};

/** A gRPC status with the details by which the engine saves a resource that did not become ready. */
export function initFailed(code: number, failure: rpc.PartialFailure): Status {
    const detail = new pb.ErrorResourceInitFailed()
        .setId(failure.id)
        .setProperties(struct(failure.properties))
        .setReasonsList(failure.reasons)
        .setInputs(struct(failure.inputs));
    const details = new Any();
    details.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    return new Status().setCode(code).setMessage(failure.message).setDetailsList([details]);
}

function resource(message: { getUrn(): string; getName(): string; getType(): string }): rpc.ResourceRequest {
    return { urn: message.getUrn(), name: message.getName(), type: message.getType() };
}

function properties(message: Struct | undefined): rpc.PropertyMap {
    return message?.toJavaScript() ?? {};
}

/** Undefined members are left out: a Struct has no such value. */
function struct(map: rpc.PropertyMap | undefined): Struct | undefined {
    return map && Struct.fromJavaScript(JSON.parse(JSON.stringify(map)) as Record<string, JavaScriptValue>);
}

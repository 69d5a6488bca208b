/**
 * What a resource provider answers. Requests and responses have the shape of the protos' JSON form: fields at their
 * default value may be missing, enums are names. Property maps are plain JSON in Pulumi's wire form: a secret is an
 * object with `signatureKey`, an unknown is the string `unknownValue`.
 *
 * A method that is left out answers `Unimplemented`, as does one that throws {@link Unimplemented}.
 */
export interface ResourceProvider {
    /** The version GetPluginInfo answers, without a leading "v". */
    readonly version: string;
    handshake?(request: HandshakeRequest): HandshakeResponse;
    checkConfig?(request: CheckRequest): Promise<CheckResponse> | CheckResponse;
    diffConfig?(request: DiffRequest): Promise<DiffResponse> | DiffResponse;
    configure(request: ConfigureRequest): Promise<ConfigureResponse> | ConfigureResponse;
    check(request: CheckRequest): Promise<CheckResponse> | CheckResponse;
    diff(request: DiffRequest): Promise<DiffResponse> | DiffResponse;
    create(request: CreateRequest): Promise<CreateResponse> | CreateResponse;
    read(request: ReadRequest): Promise<ReadResponse> | ReadResponse;
    update(request: UpdateRequest): Promise<UpdateResponse> | UpdateResponse;
    delete(request: DeleteRequest): Promise<void> | void;
    /** Ends what is running: the calls under way must return soon, with an error. */
    cancel?(): Promise<void> | void;
}

/** A JSON value; see {@link ResourceProvider} for secrets and unknowns. */
export type PropertyValue = null | boolean | number | string | PropertyValue[] | PropertyMap;

/** A JSON object; see {@link ResourceProvider} for secrets and unknowns. */
export interface PropertyMap {
    [name: string]: PropertyValue | undefined;
}

export interface HandshakeRequest {
    engineAddress: string;
    rootDirectory?: string;
    programDirectory?: string;
}

export interface HandshakeResponse {
    acceptSecrets?: boolean;
    acceptResources?: boolean;
    acceptOutputs?: boolean;
    supportsAutonamingConfiguration?: boolean;
    acceptsByteString?: boolean;
}

export interface ConfigureRequest {
    variables: Record<string, string>;
    args: PropertyMap;
    acceptSecrets?: boolean;
    acceptResources?: boolean;
    id?: string;
    urn?: string;
    name?: string;
    type?: string;
}

export interface ConfigureResponse {
    acceptSecrets?: boolean;
    acceptResources?: boolean;
    acceptOutputs?: boolean;
    supportsPreview?: boolean;
    supportsAutonamingConfiguration?: boolean;
}

/** What every request about one resource says of it. */
export interface ResourceRequest {
    urn: string;
    name: string;
    /** The type token, such as `tls:index/privateKey:PrivateKey`. */
    type: string;
}

export interface CheckRequest extends ResourceRequest {
    olds: PropertyMap;
    news: PropertyMap;
    /** Bytes from which to derive generated names, so that a repeated Check gives the same. */
    randomSeed: Uint8Array;
    autonaming?: { proposedName: string; mode: "PROPOSE" | "ENFORCE" | "DISABLE" };
}

export interface CheckResponse {
    inputs?: PropertyMap;
    failures?: CheckFailure[];
}

export interface CheckFailure {
    property?: string;
    reason: string;
}

export interface DiffRequest extends ResourceRequest {
    id: string;
    /** The outputs in state. */
    olds: PropertyMap;
    /** The checked inputs. */
    news: PropertyMap;
    oldInputs: PropertyMap;
    ignoreChanges: string[];
}

export interface DiffResponse {
    changes?: "DIFF_UNKNOWN" | "DIFF_NONE" | "DIFF_SOME";
    replaces?: string[];
    stables?: string[];
    diffs?: string[];
    deleteBeforeReplace?: boolean;
    detailedDiff?: Record<string, PropertyDiff>;
    hasDetailedDiff?: boolean;
}

export interface PropertyDiff {
    /** Default `ADD`. */
    kind?: "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";
    /** Whether the difference is between old and new inputs rather than old outputs and new inputs. */
    inputDiff?: boolean;
}

export interface CreateRequest extends ResourceRequest {
    properties: PropertyMap;
    /** Seconds; 0: the provider's default. */
    timeout: number;
    preview: boolean;
}

export interface CreateResponse {
    id?: string;
    properties: PropertyMap;
}

export interface ReadRequest extends ResourceRequest {
    id: string;
    properties: PropertyMap;
    inputs: PropertyMap;
    /** Seconds; 0: the provider's default. */
    timeout: number;
}

/** Without an `id` the resource is gone. */
export interface ReadResponse {
    id?: string;
    properties?: PropertyMap;
    inputs?: PropertyMap;
}

export interface UpdateRequest extends ResourceRequest {
    id: string;
    /** The outputs in state. */
    olds: PropertyMap;
    news: PropertyMap;
    oldInputs: PropertyMap;
    /** Seconds; 0: the provider's default. */
    timeout: number;
    ignoreChanges: string[];
    preview: boolean;
}

export interface UpdateResponse {
    properties: PropertyMap;
}

export interface DeleteRequest extends ResourceRequest {
    id: string;
    properties: PropertyMap;
    oldInputs: PropertyMap;
    /** Seconds; 0: the provider's default. */
    timeout: number;
}

/** Where a provider's messages go: the engine shows them with the resource. */
export interface EngineLog {
    /**
     * @param urn the resource the message is about; none: the whole update.
     * @param options `ephemeral` messages show progress only and are not kept in the final output; `streamId` (not 0)
     * joins messages that are one stream.
     */
    log(severity: LogSeverity, message: string, urn?: string, options?: LogOptions): Promise<void>;
}

export type LogSeverity = "debug" | "info" | "warning" | "error";

export interface LogOptions {
    ephemeral?: boolean;
    streamId?: number;
}

/** The method does not exist, which the engine accepts as an answer. */
export class Unimplemented extends Error {}

/**
 * The resource was created (or updated) but did not become ready: the engine saves it as it is and tries again at the
 * next update.
 */
export class PartialFailure extends Error {
    constructor(
        message: string,
        readonly id: string,
        readonly properties: PropertyMap,
        readonly reasons: string[],
        readonly inputs: PropertyMap,
    ) {
        super(message);
    }
}

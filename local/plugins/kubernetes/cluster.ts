import type { KubeConfig } from "@kubernetes/client-node";
import { PropertyMap } from "../provider";
import { Discovery } from "./discovery";
import { KubernetesObject, ObjectQuery, ObjectReference } from "./kubernetesObject";
import { RestClient } from "./restClient";

export interface ObjectList extends PropertyMap {
    metadata: { resourceVersion?: string };
    items: KubernetesObject[];
}

export interface WriteOptions {
    /** Whether the server only says what it would do. */
    dryRun?: boolean;
    fieldManager?: string;
    /** Whether an apply takes over the fields of other managers. */
    force?: boolean;
}

/** The objects of one cluster, of any kind it serves. */
export class Cluster {
    private readonly client: RestClient;
    private readonly discovery: Discovery;

    /**
     * @param userAgent its part before the slash is the field manager of what `create` makes.
     * @param signal aborts every request.
     */
    constructor(
        readonly kubeconfig: KubeConfig,
        userAgent: string,
        private readonly signal?: AbortSignal,
    ) {
        this.client = new RestClient(kubeconfig, userAgent);
        this.discovery = new Discovery(this.client);
    }

    /** @throws UnreachableError when the API server does not answer. */
    async requireReachable(): Promise<void> {
        await this.client.request({ method: "GET", path: "/version", signal: this.signal });
    }

    /** @throws NoMatchError if the server has no such kind. */
    async isNamespaced({ apiVersion, kind }: ObjectReference): Promise<boolean> {
        return (await this.discovery.resource(apiVersion, kind)).namespaced;
    }

    async get(object: ObjectReference): Promise<KubernetesObject> {
        return this.client.request({
            method: "GET",
            path: await this.objectPath(object),
            signal: this.signal,
        });
    }

    async create(object: KubernetesObject, options: WriteOptions = {}): Promise<KubernetesObject> {
        return this.client.request({
            method: "POST",
            path: await this.collectionPath(object.apiVersion, object.kind, object.metadata.namespace),
            query: { dryRun: dryRun(options) },
            body: object,
            signal: this.signal,
        });
    }

    /** Server-side apply. */
    async apply(object: KubernetesObject, options: WriteOptions): Promise<KubernetesObject> {
        return this.patch(object, "application/apply-patch+yaml", object, {
            fieldManager: options.fieldManager,
            force: String(options.force ?? false),
            fieldValidation: "Warn",
            dryRun: dryRun(options),
        });
    }

    async mergePatch(
        object: ObjectReference,
        patch: PropertyMap,
        options: WriteOptions,
    ): Promise<KubernetesObject> {
        return this.patch(object, "application/merge-patch+json", patch, {
            fieldManager: options.fieldManager,
            dryRun: dryRun(options),
        });
    }

    async jsonPatch(object: ObjectReference, operations: PropertyMap[]): Promise<KubernetesObject> {
        return this.patch(object, "application/json-patch+json", operations);
    }

    /**
     * Requests the deletion. Returns what remains until finalizers are done, undefined if the object is
     * gone at once.
     */
    async delete(object: ObjectReference, propagationPolicy: string): Promise<KubernetesObject | undefined> {
        const answer = await this.client.request<KubernetesObject>({
            method: "DELETE",
            path: await this.objectPath(object),
            body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
            signal: this.signal,
        });
        return answer.kind === "Status" ? undefined : answer;
    }

    async list(query: ObjectQuery): Promise<ObjectList> {
        const { labelSelector, fieldSelector } = query;
        const list = await this.client.request<ObjectList>({
            method: "GET",
            path: await this.listPath(query),
            query: { labelSelector, fieldSelector },
            signal: this.signal,
        });
        // A list leaves out its items' own apiVersion and kind.
        const items = list.items.map((item) => ({ ...item, apiVersion: query.apiVersion, kind: query.kind }));
        return { ...list, items };
    }

    /** The path of a query's list, to watch it. */
    async listPath({ apiVersion, kind, namespace }: ObjectQuery): Promise<string> {
        return this.collectionPath(apiVersion, kind, namespace);
    }

    private async patch(
        object: ObjectReference,
        contentType: string,
        body: unknown,
        query?: Record<string, string | undefined>,
    ): Promise<KubernetesObject> {
        const path = await this.objectPath(object);
        return this.client.request({ method: "PATCH", path, query, body, contentType, signal: this.signal });
    }

    private async objectPath({ apiVersion, kind, metadata }: ObjectReference): Promise<string> {
        const collection = await this.collectionPath(apiVersion, kind, metadata.namespace);
        return `${collection}/${encodeURIComponent(metadata.name ?? "")}`;
    }

    private async collectionPath(apiVersion: string, kind: string, namespace?: string): Promise<string> {
        const resource = await this.discovery.resource(apiVersion, kind);
        const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
        return `${resource.groupPath}${scope}/${resource.name}`;
    }
}

function dryRun(options: WriteOptions): string | undefined {
    return options.dryRun ? "All" : undefined;
}

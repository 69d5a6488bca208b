import { RestClient } from "./restClient";
import { NoMatchError, StatusError } from "./statusError";

/** What the API server serves a kind as. */
export interface ApiResource {
    /** Such as `/apis/apps/v1`. */
    groupPath: string;
    /** The plural name, such as `deployments`. */
    name: string;
    namespaced: boolean;
}

/**
 * From apiVersion and kind to the resource, as the API server reports it; what it does not know is asked for again.
 */
export class Discovery {
    private readonly groups = new Map<string, Promise<ApiResourceList>>();

    constructor(private readonly client: RestClient) {}

    /** @throws NoMatchError when the server has no such kind (yet). */
    async resource(apiVersion: string, kind: string): Promise<ApiResource> {
        const { resources } = await this.group(apiVersion);
        const found = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
        if (!found) {
            this.groups.delete(apiVersion);
            throw new NoMatchError(apiVersion, kind);
        }
        return { groupPath: groupPath(apiVersion), name: found.name, namespaced: found.namespaced };
    }

    private async group(apiVersion: string): Promise<ApiResourceList> {
        let group = this.groups.get(apiVersion);
        if (!group) {
            group = this.fetch(apiVersion);
            this.groups.set(apiVersion, group);
            group.catch(() => this.groups.delete(apiVersion));
        }
        return group;
    }

    private async fetch(apiVersion: string): Promise<ApiResourceList> {
        try {
            return await this.client.request<ApiResourceList>({ method: "GET", path: groupPath(apiVersion) });
        } catch (error) {
            if (error instanceof StatusError && error.code === 404) {
                return { resources: [] };
            }
            throw error;
        }
    }
}

interface ApiResourceList {
    resources: { name: string; kind: string; namespaced: boolean }[];
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

import { ApiServer } from "./apiServer";
import { Cluster } from "./cluster";
import { apiServerProblem, conditions } from "./health";
import { Node } from "./node";

/** What {@link status} says of a cluster; what is unknown while it is down is null. */
export interface ClusterStatus {
    name: string;
    ready: boolean;
    /** What it lacks to be Ready. */
    missing: string[];
    /** Kubernetes' version. */
    version: string | null;
    /** The URL of the API server. */
    server: string | null;
    /** In bytes. */
    memory: number;
    /** When it was created, in ISO 8601. */
    created: string;
}

/** The state of this checkout's clusters; changes nothing. */
export async function status(): Promise<ClusterStatus[]> {
    return Promise.all(Cluster.all().map(clusterStatus));
}

async function clusterStatus(cluster: Cluster): Promise<ClusterStatus> {
    const found = await look(cluster).catch((error: Error) => ({ missing: [error.message], version: null }));
    return {
        name: cluster.name,
        ready: found.missing.length === 0,
        ...found,
        server: cluster.apiServer ?? null,
        memory: cluster.cgroup.memory(),
        created: cluster.created.toISOString(),
    };
}

async function look(cluster: Cluster): Promise<Pick<ClusterStatus, "missing" | "version">> {
    if (!new Node(cluster).booted) return { missing: ["the node is down"], version: null };
    const api = new ApiServer(cluster);
    const unreachable = await apiServerProblem(api);
    if (unreachable !== undefined) return { missing: [unreachable], version: null };
    const version = JSON.parse(await api.get("/version")) as { gitVersion: string };
    const problems = await Promise.all(conditions(cluster, api).map(async ({ missing }) => await missing()));
    return { missing: problems.filter((problem) => problem !== undefined), version: version.gitVersion };
}

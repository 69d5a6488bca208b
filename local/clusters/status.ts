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
    /** When it was made, in ISO 8601. */
    created: string;
}

/** How this checkout's clusters are, without changing anything. */
export async function status(): Promise<ClusterStatus[]> {
    return Promise.all(Cluster.all().map(clusterStatus));
}

async function clusterStatus(cluster: Cluster): Promise<ClusterStatus> {
    const missing: string[] = [];
    let version: string | null = null;
    if (!new Node(cluster).booted || cluster.apiServer === undefined) {
        missing.push("the node is down");
    } else {
        const api = new ApiServer(cluster);
        const looks = [
            () => apiServerProblem(api),
            ...conditions(cluster, api).map((condition) => condition.missing),
        ];
        const problems = await Promise.all(looks.map((look) => look()));
        missing.push(...problems.filter((problem) => problem !== undefined));
        if (problems[0] === undefined)
            version = (JSON.parse(await api.get("/version")) as { gitVersion: string }).gitVersion;
    }
    return {
        name: cluster.name,
        ready: missing.length === 0,
        missing,
        version,
        server: cluster.apiServer ?? null,
        memory: cluster.cgroup.memory(),
        created: cluster.created.toISOString(),
    };
}

import { capture } from "../toolchain/run";
import type { ApiServer } from "./apiServer";
import type { Cluster } from "./cluster";
import { componentNames } from "./components";
import { Daemon } from "./daemon";
import { Node } from "./node";

/** Something without which a cluster is not Ready. */
export interface Condition {
    /** The component whose log says why it does not hold. */
    component: string;
    /** What is missing, if anything is. */
    missing: () => string | undefined | Promise<string | undefined>;
}

/** What makes a cluster Ready, in addition to a serving API server. */
export function conditions(cluster: Cluster, api: ApiServer): Condition[] {
    return [
        ...componentNames.map((component) => ({ component, missing: () => endOf(cluster, component) })),
        { component: "kubelet", missing: () => kubeletProblem(cluster, api) },
        { component: "kubelet", missing: () => nodeProblem(cluster, api) },
        { component: "kube-controller-manager", missing: () => serviceAccountProblem(api) },
        { component: "coredns", missing: () => dnsProblem(cluster) },
    ];
}

/** Why the API server does not serve, if it does not. */
export async function apiServerProblem(api: ApiServer): Promise<string | undefined> {
    return problem("the API server", () => api.get("/readyz"));
}

function endOf(cluster: Cluster, component: string): string | undefined {
    return new Daemon(cluster, component).pid === undefined ? `${component} has ended` : undefined;
}

/**
 * Asks the kubelet through the API server: a node's object says Ready for a while after its kubelet's end, and a new
 * kubelet serves before it knows its pods.
 */
async function kubeletProblem(cluster: Cluster, api: ApiServer): Promise<string | undefined> {
    return problem("the kubelet", async () => {
        const known = await podUids(api, `/api/v1/nodes/${cluster.name}/proxy/pods`);
        const bound = await podUids(api, `/api/v1/pods?fieldSelector=spec.nodeName=${cluster.name}`);
        const unknown = bound.filter((uid) => !known.includes(uid));
        if (unknown.length > 0) throw new Error(`does not know ${unknown.length} of its pods yet`);
    });
}

async function podUids(api: ApiServer, path: string): Promise<string[]> {
    const list = JSON.parse(await api.get(path)) as { items: { metadata: { uid: string } }[] | null };
    return (list.items ?? []).map(({ metadata }) => metadata.uid);
}

interface NodeObject {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
}

async function nodeProblem(cluster: Cluster, api: ApiServer): Promise<string | undefined> {
    return problem("the node", async () => {
        const node = JSON.parse(await api.get(`/api/v1/nodes/${cluster.name}`)) as NodeObject;
        const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
        if (ready?.status !== "True") throw new Error(ready?.message ?? "no condition Ready");
    });
}

async function serviceAccountProblem(api: ApiServer): Promise<string | undefined> {
    return problem("ServiceAccount default", () =>
        api.get("/api/v1/namespaces/default/serviceaccounts/default"),
    );
}

/** Asks for a name on the node: through kube-proxy's rules and CoreDNS, as a pod would. */
async function dnsProblem(cluster: Cluster): Promise<string | undefined> {
    return problem("kube-dns", async () => {
        const [enter, ...args] = new Node(cluster).enter;
        const name = "kubernetes.default.svc.cluster.local";
        const answer = await capture(enter, [...args, process.execPath, "-e", lookup, cluster.dnsIp, name]);
        if (answer !== cluster.apiServiceIp) throw new Error(`${name} is said to be at ${answer}`);
    });
}

const lookup = `
    const resolver = new (require("node:dns").promises.Resolver)({ timeout: 1000, tries: 1 });
    const [server, name] = process.argv.slice(1);
    resolver.setServers([server]);
    resolver.resolve4(name).then(String, (error) => error.message).then(console.log);
`;

async function problem(what: string, check: () => Promise<unknown>): Promise<string | undefined> {
    try {
        await check();
        return undefined;
    } catch (error) {
        return `${what}: ${(error as Error).message}`;
    }
}

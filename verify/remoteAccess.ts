import { ApiException, AuthenticationV1Api, V1Secret } from "@kubernetes/client-node";
import { parse } from "yaml";
import { reason } from "../kube/apiError";
import type { Cluster } from "../kube/cluster";
import { Check, same } from "./report";

/** The label of the Secrets that istiod reads other clusters by (istio pkg/kube/multicluster/secretcontroller.go). */
const label = "istio/multiCluster=true";

const valid = "by a Secret with access that is accepted";

/** What of a kubeconfig is looked at. */
interface Kubeconfig {
    users?: { user?: { token?: string } }[];
}

/** How the istiod of a cluster reads others, by its Secrets. */
export class RemoteAccess {
    private secrets: Promise<V1Secret[] | undefined> | undefined;

    constructor(private readonly cluster: Cluster) {}

    /**
     * Whether another cluster is read, and whether its API server accepts the token. istiod keeps what it knows when a
     * token ends, until it restarts.
     *
     * @returns no check if the Secrets may not be read
     */
    async check(name: string, read: string, reader: Cluster): Promise<Check[]> {
        const secrets = await (this.secrets ??= this.list());
        if (secrets === undefined) {
            return [];
        }
        const observed = await seen(secrets, read, reader);
        if (observed !== valid) {
            this.secrets = undefined;
        }
        return [same(name, valid, observed)];
    }

    private async list(): Promise<V1Secret[] | undefined> {
        const { core } = this.cluster;
        const list = core.listNamespacedSecret({ namespace: "istio-system", labelSelector: label });
        return (await unlessForbidden(list))?.items;
    }
}

async function seen(secrets: V1Secret[], read: string, cluster: Cluster): Promise<string> {
    const secret = secrets.find(({ data }) => data?.[read]);
    if (!secret) {
        return "by no Secret";
    }
    const token = tokenIn(Buffer.from(secret.data![read]!, "base64").toString());
    const refusal = token === undefined ? undefined : await refusalOf(token, cluster);
    return refusal === undefined
        ? valid
        : `by the token of Secret istio-system/${secret.metadata!.name}, which is not accepted: ${refusal}`;
}

function tokenIn(kubeconfig: string): string | undefined {
    const { users = [] } = (parse(kubeconfig) ?? {}) as Kubeconfig;
    return users.map(({ user }) => user?.token).find((token) => token !== undefined);
}

/** Why an API server does not accept a token; undefined if it does, or if it may not be asked. */
async function refusalOf(token: string, cluster: Cluster): Promise<string | undefined> {
    const review = cluster.api(AuthenticationV1Api).createTokenReview({ body: { spec: { token } } });
    const status = (await unlessForbidden(review))?.status;
    return status === undefined || status.authenticated ? undefined : (status.error ?? "it is not valid");
}

async function unlessForbidden<T>(request: Promise<T>): Promise<T | undefined> {
    try {
        return await request;
    } catch (error) {
        if (error instanceof ApiException && error.code === 403) {
            return undefined;
        }
        throw new Error(reason(error), { cause: error });
    }
}

import { ApiException, ConfigurationOptions, setHeaderOptions } from "@kubernetes/client-node";
import { Cluster } from "../kube/cluster";
import { Observation } from "./report";
import { request } from "../kube/requests";

/** The part of a list's JSON that is read. */
interface List {
    /** Null if there are none. */
    items: { metadata?: { namespace?: string; name?: string } }[] | null;
    metadata?: { remainingItemCount?: number };
}

/** What is asked of the API server: without the objects' content, as a Secret's is a kubeconfig. */
const namesOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** The label of a Secret by which istiod reads another cluster (istio pkg/kube/multicluster). */
const remoteSecrets = "istio/multiCluster=true";

/** Says which proxies of a mesh are out of sight: on virtual machines, and in clusters without an istiod of their own. */
export async function observeUnseen(
    cluster: Cluster,
    istioNamespace: string,
    signal: AbortSignal,
): Promise<Observation> {
    const { core, custom } = cluster;
    const istio = { group: "networking.istio.io", version: "v1", limit: 1 };
    const [entries, groups, remotes] = await Promise.all([
        look("WorkloadEntries", signal, (options) =>
            custom.listCustomObjectForAllNamespaces({ ...istio, resourcePlural: "workloadentries" }, options),
        ),
        look("WorkloadGroups", signal, (options) =>
            custom.listCustomObjectForAllNamespaces({ ...istio, resourcePlural: "workloadgroups" }, options),
        ),
        look(`Secrets with the label ${remoteSecrets}`, signal, (options) =>
            core.listNamespacedSecret({ namespace: istioNamespace, labelSelector: remoteSecrets }, options),
        ),
    ]);
    const outside = "the proxies of their virtual machines, if any, are not asked";
    return {
        checks: [],
        skipped: [
            ...line("VMs", entries, outside),
            ...line("VMs", groups, outside),
            ...line(
                "other clusters",
                remotes,
                "proxies there that get their certificates from this istiod are not asked",
            ),
        ],
    };
}

/** A sentence if nobody may look; undefined if there are none, or the API server does not know the kind. */
async function look(
    kind: string,
    signal: AbortSignal,
    list: (options: ConfigurationOptions) => Promise<unknown>,
): Promise<string | undefined> {
    try {
        const { items: listed, metadata } = (await request(
            (options) => list(setHeaderOptions("Accept", namesOnly, options)),
            signal,
        )) as List;
        const items = listed ?? [];
        const [first] = items;
        const count = items.length + (metadata?.remainingItemCount ?? 0);
        return first && `${count} ${kind}, such as ${first.metadata!.namespace}/${first.metadata!.name}`;
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        if (error instanceof ApiException && error.code === 403) {
            return `${kind} may not be listed`;
        }
        throw error;
    }
}

function line(subject: string, found: string | undefined, consequence: string): string[] {
    return found === undefined ? [] : [`${subject}: ${found}; ${consequence}`];
}

import { networkLabel } from "../../components/networkLabel";
import { askMesh } from "../askMesh";
import { LinkChange } from "../linkChange";
import { Refusal } from "../refusal";

/** The clusters are those that their stacks are in. */
export async function clusterMoved(change: LinkChange): Promise<Refusal | undefined> {
    const { kubeconfig } = change.settings;
    const { readClusterUid } = await import("../../kube/clusterUid.ts");
    const faults = await Promise.all(
        (await change.members()).map(async ({ stack, context, uid }) => {
            const question = `Which cluster context ${context} leads to`;
            const found = await askMesh({ kubeconfig, context }, question, readClusterUid);
            return found === undefined || found === uid
                ? []
                : [
                      `Context ${context} leads to the cluster of UID ${found}, but stack ${stack} is in that of UID ${uid}.`,
                  ];
        }),
    );
    return faults.flat().length === 0
        ? undefined
        : {
              id: "other-cluster",
              found: faults.flat().join("\n    "),
              remedy: "Correct kubeconfig or contexts, or bring the cluster's own stack up first.",
          };
}

/** istiod reads the network of its cluster from its namespace. */
export async function networkLabelMissing(change: LinkChange): Promise<Refusal | undefined> {
    const { kubeconfig } = change.settings;
    const faults = await Promise.all(
        (await change.members()).map(async ({ stack, context, multicluster: { network } }) => {
            const question = `The network of cluster ${stack}`;
            const found = await askMesh({ kubeconfig, context }, question, readNetwork);
            return found === undefined || found === network
                ? []
                : [
                      `Namespace istio-system of cluster ${stack} has ${found === "" ? `no label ${networkLabel}` : `the label ${networkLabel}=${found}`}; its stack says ${network}.`,
                  ];
        }),
    );
    return faults.flat().length === 0
        ? undefined
        : {
              id: "network-label-missing",
              found: faults.flat().join("\n    "),
              remedy: "`pulumi up --refresh` of the cluster's stack sets it again.",
          };
}

/** What the label says; empty without a label. */
async function readNetwork(kubeconfig: string, context: string): Promise<string> {
    const { Cluster } = await import("../../kube/cluster.ts");
    const { request } = await import("../../kube/requests.ts");
    const { core } = await Cluster.connect(kubeconfig, context);
    const { metadata } = await request((options) => core.readNamespace({ name: "istio-system" }, options));
    return metadata?.labels?.[networkLabel] ?? "";
}

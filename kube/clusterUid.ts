import * as fs from "node:fs";
import { readable } from "./apiError";
import { Cluster } from "./cluster";
import { Unreachable } from "./unreachable";

/**
 * The UID of a cluster's namespace kube-system: the cluster's own, as long as it lives, by whatever name it is reached.
 *
 * @throws Unreachable if the cluster does not answer, or does not show it.
 */
export async function readClusterUid(kubeconfig: string, context: string): Promise<string> {
    if (!fs.existsSync(kubeconfig)) {
        throw new Unreachable(`there is no kubeconfig ${kubeconfig}`);
    }
    const cluster = await Cluster.connect(kubeconfig, context);
    const what = `namespace kube-system of context ${context}`;
    const namespace = await readable(what, cluster.core.readNamespace({ name: "kube-system" }));
    if (!namespace) {
        throw new Unreachable(`${what} does not exist`);
    }
    return namespace.metadata!.uid!;
}

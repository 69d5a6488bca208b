import * as fs from "node:fs";
import { readable } from "./apiError";
import { Cluster } from "./cluster";
import { CannotVerify } from "./input";

/**
 * The UID of a cluster's namespace kube-system: the cluster's own, as long as it lives, by whatever name it is reached.
 *
 * @throws CannotVerify where the cluster does not answer, or does not show it.
 */
export async function readClusterUid(kubeconfig: string, context: string): Promise<string> {
    if (!fs.existsSync(kubeconfig)) {
        throw new CannotVerify(`there is no kubeconfig ${kubeconfig}`);
    }
    const cluster = await Cluster.connect(kubeconfig, context);
    const what = `namespace kube-system of context ${context}`;
    const namespace = await readable(what, cluster.core.readNamespace({ name: "kube-system" }));
    if (!namespace) {
        throw new CannotVerify(`${what} does not exist`);
    }
    return namespace.metadata!.uid!;
}

import * as fs from "node:fs";
import { reason } from "./apiError";
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
    try {
        const { metadata } = await cluster.core.readNamespace({ name: "kube-system" });
        return metadata!.uid!;
    } catch (error) {
        throw new CannotVerify(
            `namespace kube-system of context ${context} cannot be read: ${reason(error)}`,
        );
    }
}

import { Cluster } from "./cluster";

/**
 * The DaemonSets of ztunnel, the proxy of ambient meshes, as namespace/name; empty if there are none.
 *
 * @throws Unreachable if the cluster does not answer.
 */
export async function readZtunnels(kubeconfig: string, context: string): Promise<string[]> {
    const cluster = await Cluster.connect(kubeconfig, context);
    return (await cluster.daemonSets("app=ztunnel")).map(
        ({ metadata }) => `${metadata?.namespace}/${metadata?.name}`,
    );
}

import type { V1PodList } from "@kubernetes/client-node";
import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";
import { proxyContainer } from "../../kube/proxyPods";
import { kubectl } from "./fixture";

/** Ends when the `cacerts` of a cluster changes. */
export async function cacertsChange(context: string): Promise<void> {
    const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--namespace", "istio-system"];
    const watch = ["get", "secret", "cacerts", "--watch-only", "--output", "name"];
    const child = execa("kubectl", [...where, ...watch], { timeout: 300_000, reject: false });
    await new Promise((resolve) => child.stdout.once("data", resolve).once("close", resolve));
    child.kill();
    if ((await child).timedOut) {
        throw new Error(`cacerts of ${context} does not change`);
    }
}

/** How long after a moment the last proxy of these clusters was given other roots or another certificate, by Envoy's clock. */
export async function secondsToLastMove(contexts: string[], start: number): Promise<number> {
    const moves = await Promise.all(
        contexts.map(async (context) => {
            const pods = await kubectl(context, "get", "pods", "-A", "-o", "json");
            const proxies = (JSON.parse(pods) as V1PodList).items.filter(
                (pod) => proxyContainer(pod) && !pod.metadata!.deletionTimestamp,
            );
            return Promise.all(
                proxies.map(async ({ metadata }) => {
                    const pod = ["-n", metadata!.namespace!, metadata!.name!, "-c", "istio-proxy"];
                    const dump = await kubectl(context, "exec", ...pod, "--", "curl", "--silent", secrets);
                    const { configs } = JSON.parse(dump) as { configs: { last_updated: string }[] };
                    return configs.map(({ last_updated }) => Date.parse(last_updated));
                }),
            );
        }),
    );
    return (Math.max(...moves.flat(2)) - start) / 1000;
}

const secrets = "localhost:15000/config_dump?resource=dynamic_active_secrets";

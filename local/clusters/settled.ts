import { Cluster } from "./cluster";
import { Daemon } from "./daemon";
import { until } from "./until";

/** The longest period of a readiness probe on these clusters: that of Istio's sidecars, seconds. */
const longestPeriod = 15;

/**
 * Waits until the kubelets are older than any probe's period. A younger one lets a probe wait for a random part of its
 * period (kubernetes pkg/kubelet/prober/worker.go), so the same pods become ready within a second or after fifteen.
 */
export async function settled(names: readonly string[]): Promise<void> {
    const kubelets = names.map((name) => new Daemon(Cluster.define(name), "kubelet"));
    const young = () =>
        kubelets.some(({ age }) => age < longestPeriod) ? "a kubelet has just started" : undefined;
    await until(`clusters ${names.join(", ")}`, young, { limit: 2 * longestPeriod * 1000 });
}

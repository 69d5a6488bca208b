import { readable } from "./apiError";
import { Cluster } from "./cluster";
import { Unreachable } from "./unreachable";

/** What a cluster lacks to accept a PrometheusRule in a namespace, as "no …"; empty if the cluster does not answer. */
export async function monitoringFaults(
    location: { kubeconfig: string; context: string },
    namespace: string,
): Promise<string[]> {
    const cluster = await Cluster.connect(location.kubeconfig, location.context).catch(
        (error: Error) => error,
    );
    if (cluster instanceof Unreachable) {
        return [];
    }
    if (cluster instanceof Error) {
        throw cluster;
    }
    const of = `of context ${location.context}`;
    const [serves, present] = await Promise.all([
        readable(
            `the CRD prometheusrules ${of}`,
            cluster.serves("monitoring.coreos.com", "v1", "prometheusrules"),
        ),
        readable(`namespace ${namespace} ${of}`, cluster.core.readNamespace({ name: namespace })),
    ]);
    return [
        ...(serves ? [] : ["no CRD prometheusrules.monitoring.coreos.com"]),
        ...(present ? [] : [`no namespace ${namespace}`]),
    ];
}

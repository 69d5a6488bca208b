import type { Change } from "../change";
import { Refusal } from "../refusal";

/** A cluster that does not answer is passed over: what else is to be created there fails with the reason. */
export async function monitoringMissing({ settings: { mesh } }: Change): Promise<Refusal | undefined> {
    if (!mesh?.alerts) {
        return undefined;
    }
    const { monitoringFaults } = await import("../../kube/monitoring.ts");
    const faults = await monitoringFaults(mesh.access, mesh.alerts.namespace).catch((error: Error) => error);
    if (faults instanceof Error) {
        return {
            id: "cluster-unreadable",
            found: `Whether the cluster accepts alerts cannot be seen: ${faults.message}.`,
            remedy: "Run this again when the cluster lets you read it, or set expiryAlerts to false.",
        };
    }
    return faults.length === 0
        ? undefined
        : {
              id: "monitoring-missing",
              found: `The setting expiryAlerts is true, but the cluster of context ${mesh.access.context} has ${faults.join(" and ")}.`,
              remedy: "Install Prometheus Operator first, name its namespace in alertsNamespace, or set expiryAlerts to false.",
          };
}

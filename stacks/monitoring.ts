import * as pulumi from "@pulumi/pulumi";
import { AlertsSettings, ClusterAccess } from "../config/settings";

/**
 * Asks the cluster whether it takes alerts, before anything changes. A cluster that does not answer is passed over: what
 * else is to be made there fails with the reason.
 *
 * @throws pulumi.RunError naming all that is missing.
 */
export async function refuseUnmonitored(
    cluster: ClusterAccess,
    { namespace }: AlertsSettings,
): Promise<void> {
    const { monitoringFaults } = await import("../kube/monitoring.ts");
    const faults = await monitoringFaults(cluster, namespace).catch(({ message }: Error) => {
        throw new pulumi.RunError(
            `Whether the cluster takes alerts cannot be seen: ${message}. Nothing was changed. Run this again when the cluster lets you read it, or set expiryAlerts to false.`,
        );
    });
    if (faults.length > 0) {
        throw new pulumi.RunError(
            `The setting expiryAlerts is true, but the cluster of context ${cluster.context} has ${faults.join(" and ")}. Nothing was changed. Install Prometheus Operator first, name its namespace in alertsNamespace, or set expiryAlerts to false.`,
        );
    }
}

import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { Certificate } from "../pki/certificate";
import { expiryDashboard } from "./expiryDashboard";
import { expiryRules } from "./expiryRules";
import { expiryThresholds, ExpiryThresholds, Validity } from "./expiryThresholds";

/** Arguments of {@link ExpiryAlerts}. */
export interface ExpiryAlertsArgs {
    /** The cluster's name: the label `cluster` of alerts whose series have none. */
    cluster: string;
    /** The namespace of both objects, which exists already. */
    namespace: pulumi.Input<string>;
    /** Labels of both, by which Prometheus Operator or Grafana's sidecar select, such as `release: kube-prometheus-stack`. Default: none. */
    labels?: pulumi.Input<Record<string, string>>;
    /** The file ca-cert.pem of `cacerts`, PEM: its validity decides what is soon. */
    caCertPem: pulumi.Input<string>;
    /** The file root-cert.pem of `cacerts`, PEM: the validity of its first certificate decides what is soon. */
    rootCertPem: pulumi.Input<string>;
    /** When the renewal window of the intermediate begins, if anybody renews it; ISO 8601. Default: in the last third of its life. */
    renewFrom?: pulumi.Input<string | undefined>;
    /** The lifetime that the proxies ask for, in hours. Default: 24. */
    workloadCertHours?: pulumi.Input<number>;
    /** When the alerts fire. Default: as derived from the certificates' lifetimes. */
    thresholds?: pulumi.Input<ExpiryThresholds>;
}

/**
 * Alerts on when the mesh's certificates expire, and on who failed to renew them: a PrometheusRule for Prometheus Operator,
 * whose CRD the cluster must have, and a ConfigMap with a dashboard for the sidecar of Grafana. What they read are the metrics of istiod
 * (port 15014) and of the proxies (port 15020), which Prometheus must scrape.
 */
export class ExpiryAlerts extends pulumi.ComponentResource {
    constructor(name: string, args: ExpiryAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ExpiryAlerts", name, args, opts);
        const { cluster, namespace, labels } = args;
        const thresholds = pulumi
            .all([args.caCertPem, args.rootCertPem, args.renewFrom, args.workloadCertHours, args.thresholds])
            .apply(([caCertPem, rootCertPem, renewFrom, workloadCertHours, given]) => ({
                ...expiryThresholds(
                    validity("rootCertPem", rootCertPem),
                    { ...validity("caCertPem", caCertPem), renewFrom },
                    workloadCertHours,
                ),
                ...given,
            }));
        new CustomResource(
            `${name}-rule`,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PrometheusRule",
                metadata: { name: "istio-plugin-ca-expiry", namespace, labels },
                spec: { groups: [thresholds.apply((each) => expiryRules(cluster, each))] },
            },
            { parent: this },
        );
        new ConfigMap(
            `${name}-dashboard`,
            {
                metadata: {
                    name: "istio-plugin-ca-expiry-dashboard",
                    namespace,
                    labels: pulumi.output(labels).apply((each) => ({ ...each, grafana_dashboard: "1" })),
                },
                data: {
                    "istio-plugin-ca-expiry.json": thresholds.apply((each) =>
                        JSON.stringify(expiryDashboard(each), undefined, 2),
                    ),
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

function validity(argument: string, pem: string): Validity {
    const [certificate] = Certificate.all(pem);
    if (!certificate) {
        throw new pulumi.RunError(`The argument ${argument} of ExpiryAlerts holds no PEM certificate.`);
    }
    return certificate.facts;
}

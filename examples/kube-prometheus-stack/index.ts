import { Provider } from "@pulumi/kubernetes";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// kube-prometheus-stack is there. It gets the metrics of istiod and of the proxies, alerts on when certificates expire, and a dashboard.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const namespace = config.require("namespace");
const labels = { release: config.require("release") };

const provider = new Provider("cluster", where);
const files = new pulumi.StackReference(config.require("mesh")).requireOutput("files") as pulumi.Output<
    Record<"ca-cert.pem" | "root-cert.pem", string>
>;

const alerts = new ca.ExpiryAlerts(
    "alerts",
    {
        cluster: where.context,
        namespace,
        labels,
        caCertPem: files["ca-cert.pem"],
        rootCertPem: files["root-cert.pem"],
    },
    { provider },
);

const monitor = (kind: string, name: string, spec: object) =>
    new CustomResource(
        name,
        { apiVersion: "monitoring.coreos.com/v1", kind, metadata: { name, namespace, labels }, spec },
        { provider, dependsOn: alerts },
    );

monitor("ServiceMonitor", "istiod", {
    namespaceSelector: { matchNames: ["istio-system"] },
    selector: { matchLabels: { app: "istiod" } },
    endpoints: [{ port: "http-monitoring" }],
});
// Each proxy serves its metrics along with those of its agent, among them when its certificate expires.
monitor("PodMonitor", "istio-proxies", {
    namespaceSelector: { any: true },
    selector: { matchExpressions: [{ key: "service.istio.io/canonical-name", operator: "Exists" }] },
    podMetricsEndpoints: [
        {
            path: "/stats/prometheus",
            relabelings: [
                {
                    action: "keep",
                    sourceLabels: ["__meta_kubernetes_pod_container_name"],
                    regex: "istio-proxy",
                },
                {
                    action: "replace",
                    sourceLabels: ["__meta_kubernetes_pod_ip"],
                    regex: "(.+)",
                    replacement: "$1:15020",
                    targetLabel: "__address__",
                },
            ],
        },
    ],
});

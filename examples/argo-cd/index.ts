import { Provider } from "@pulumi/kubernetes";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// Pulumi owns the CA: the namespace istio-system with the Secret cacerts. Argo CD owns Istio.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const cluster = where.context;

const root = new ca.RootCa("root");
const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
const certificate = new ca.IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root });
const { certPem: caCertPem, certChainPem, rootCertPem } = certificate;
const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
const pems = { caCertPem, certChainPem, rootCertPem, privateKeyPem };
const cacerts = new ca.CaCertsSecret("cacerts", pems, { provider });

// istiod writes its CA into the webhooks, and a failurePolicy once it is ready. Argo CD would undo both.
const webhooks = ["Validating", "Mutating"].map((kind) => ({
    group: "admissionregistration.k8s.io",
    kind: `${kind}WebhookConfiguration`,
    jqPathExpressions: [".webhooks[].clientConfig.caBundle", ".webhooks[].failurePolicy"],
}));

const chart = (name: string, values: object, dependsOn: pulumi.Resource) =>
    new CustomResource(
        `argo-${name}`,
        {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "Application",
            metadata: { name: `istio-${name}`, namespace: config.require("argoNamespace") },
            spec: {
                project: "default",
                destination: { server: "https://kubernetes.default.svc", namespace: cacerts.namespace },
                source: {
                    repoURL: config.require("charts"),
                    chart: name,
                    targetRevision: config.require("istioVersion"),
                    helm: { valuesObject: values },
                },
                syncPolicy: {
                    automated: { prune: true, selfHeal: true },
                    // Not CreateNamespace, because the namespace is the CA's.
                    syncOptions: ["ServerSideApply=true", "RespectIgnoreDifferences=true"],
                },
                ignoreDifferences: webhooks,
            },
        },
        { provider, dependsOn },
    );

const base = chart("base", {}, cacerts);
// As IstioInstall sets them, so that the root can be replaced in a running mesh.
const istiod = chart(
    "istiod",
    {
        env: { ISTIO_MULTIROOT_MESH: "true" },
        meshConfig: { defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } } },
    },
    base,
);
// Pulumi does not wait for Argo CD, but the verification waits for the mesh.
const verification = new ca.MeshVerification(
    "verification",
    { ...where, caCertPem, rootCertPem, timeoutSeconds: 600 },
    { dependsOn: istiod },
);

export const files = {
    "ca-cert.pem": caCertPem,
    "cert-chain.pem": certChainPem,
    "root-cert.pem": rootCertPem,
};
export const verdict = verification.summary.verdict;

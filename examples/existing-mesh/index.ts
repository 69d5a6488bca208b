import { local } from "@pulumi/command";
import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// Istio is there, installed by somebody else, under a CA that istiod generated. It gets a CA of yours; nothing else of it
// changes. Restart the workloads afterwards: until then they trust the old root.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const cluster = config.require("context");

const root = new ca.RootCa("root");
const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
const certificate = new ca.IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root });
const { certPem: caCertPem, certChainPem, rootCertPem } = certificate;

const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
const cacerts = new ca.CaCertsSecret(
    "cacerts",
    { caCertPem, certChainPem, rootCertPem, privateKeyPem, createNamespace: false },
    { provider },
);

// An istiod that generated its own CA looks for cacerts only when it starts; after that it reloads a changed one.
const kubectl = `kubectl --context "$CONTEXT" --namespace istio-system`;
const restart = new local.Command(
    "restart-istiod",
    {
        create: ["restart", "status"]
            .map((verb) => `${kubectl} rollout ${verb} deployment/istiod`)
            .join(" && "),
        environment: { KUBECONFIG: where.kubeconfig, CONTEXT: where.context },
    },
    { dependsOn: cacerts },
);
// The proxies pick up the CA when they are restarted.
const verification = new ca.MeshVerification(
    "verification",
    { ...where, caCertPem, rootCertPem, proxies: false },
    { dependsOn: restart },
);

export const verdict = verification.summary.verdict;

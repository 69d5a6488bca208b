import { local } from "@pulumi/command";
import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// Istio is there, installed by somebody else, under a CA that istiod made for itself. It gets an own CA; nothing else
// of it is touched. Afterwards restart the workloads: until then they trust the old root.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const cluster = config.require("context");

const root = new ca.RootCa("root");
const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
const { files } = new ca.IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root });

const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
const cacerts = new ca.CaCertsSecret(
    "cacerts",
    { files, privateKeyPem, createNamespace: false },
    { provider },
);

// An istiod that made its own CA looks for cacerts when it starts only; afterwards it reloads a changed one.
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
// The proxies follow by their restart.
const proven = { ...where, files, proxies: false };
const verification = new ca.MeshVerification("verification", proven, { dependsOn: restart });

export const verdict = verification.summary.verdict;

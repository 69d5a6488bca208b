import * as fs from "node:fs";
import * as path from "node:path";
import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// A CA that somebody made, by Istio's Makefile, openssl or step-ca. Its key is a secret of the stack's settings.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const read = (name: string) => fs.readFileSync(path.join(config.require("certs"), name), "utf8");
const caCertPem = read("ca-cert.pem");
const certChainPem = read("cert-chain.pem");
const rootCertPem = read("root-cert.pem");
const privateKeyPem = config.requireSecret("caKey");

const provider = new Provider("cluster", { ...where, enableSecretMutable: true });
const cacerts = new ca.CaCertsSecret(
    "cacerts",
    { caCertPem, certChainPem, rootCertPem, privateKeyPem },
    { provider },
);
const leftovers = new ca.IstioLeftovers("istio-leftovers", where);
const set = config.getObject<string[]>("istioSet");
const istio = new ca.IstioInstall(
    "istio",
    { ...where, namespace: cacerts.namespace, set },
    { dependsOn: [cacerts, leftovers] },
);
const verification = new ca.MeshVerification(
    "verification",
    { ...where, caCertPem, rootCertPem },
    { dependsOn: istio },
);

export const verdict = verification.summary.verdict;

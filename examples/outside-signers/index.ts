import * as fs from "node:fs";
import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";
import { awsPrivateCa } from "./awsPrivateCa";
import { signedBy } from "./signer";
import { stepCa } from "./stepCa";
import { vault } from "./vault";

// The cluster's key is made here; a CA outside of Pulumi signs its request. The root's key stays with that CA.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const cluster = where.context;

const signers = { "step-ca": stepCa, vault, "aws-private-ca": awsPrivateCa };
const signer = signers[config.require<keyof typeof signers>("signer")](config);

const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
const signed = signedBy(cluster, { signer, certRequestPem, renewals: config.requireNumber("renewals") });
const trustBundle = fs.readFileSync(config.require("trustBundle"), "utf8");
const { caCertPem, certChainPem, rootCertPem } = signed.apply((chain) => ca.caPems(chain, trustBundle));

const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
const cacerts = new ca.CaCertsSecret(
    "cacerts",
    { caCertPem, certChainPem, rootCertPem, privateKeyPem },
    { provider },
);
const leftovers = new ca.IstioLeftovers("istio-leftovers", where);
const istio = new ca.IstioInstall(
    "istio",
    { ...where, namespace: cacerts.namespace },
    { dependsOn: [cacerts, leftovers] },
);
const verification = new ca.MeshVerification(
    "verification",
    { ...where, caCertPem, rootCertPem },
    { dependsOn: istio },
);

export const files = {
    "ca-cert.pem": caCertPem,
    "cert-chain.pem": certChainPem,
    "root-cert.pem": rootCertPem,
};
export const verdict = verification.summary.verdict;

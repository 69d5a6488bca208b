import { Provider } from "@pulumi/kubernetes";
import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// cert-manager renews the CA in a Secret of its own. Each `pulumi up` reads it, checks it, plugs it in and verifies the mesh.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };

const provider = new Provider("cluster", { ...where, enableSecretMutable: true });
const { data } = Secret.get("mesh-ca", config.require("secret"), { provider });
const file = (name: string) => data.apply((files) => Buffer.from(files[name] ?? "", "base64").toString());

// Certificates are public, but a Secret's data is secret as a whole.
const pems = pulumi.all([file("tls.crt"), file("ca.crt")]).apply(([signed, root]) => ca.caPems(signed, root));
const { caCertPem, certChainPem, rootCertPem } = pulumi.unsecret(pems);
const cacerts = new ca.CaCertsSecret(
    "cacerts",
    { caCertPem, certChainPem, rootCertPem, privateKeyPem: pulumi.secret(file("tls.key")) },
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

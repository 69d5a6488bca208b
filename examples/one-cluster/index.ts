import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// A root CA, one cluster's intermediate CA below it, Istio under that, samples, and the proof by real handshakes.
const config = new pulumi.Config();
const where = { kubeconfig: config.require("kubeconfig"), context: config.require("context") };
const cluster = "cluster1";

const root = new ca.RootCa("root");
const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
const certificate = new ca.IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root });
const { certPem: caCertPem, certChainPem, rootCertPem } = certificate;

// enableSecretMutable: a renewed CA changes cacerts in place.
const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
const pems = { caCertPem, certChainPem, rootCertPem, privateKeyPem };
const cacerts = new ca.CaCertsSecret("cacerts", pems, { provider });
const leftovers = new ca.IstioLeftovers("istio-leftovers", where);
const set = config.getObject<string[]>("istioSet");
const istio = new ca.IstioInstall(
    "istio",
    { ...where, namespace: cacerts.namespace, set },
    { dependsOn: [cacerts, leftovers] },
);
const samples = new ca.SampleWorkloads("samples", { ...where, istio: istio.version }, { provider });
const verification = new ca.MeshVerification(
    "verification",
    { ...where, caCertPem, rootCertPem, workloadNamespace: samples.namespace },
    { dependsOn: istio },
);

// What `npx istio-plugin-ca status`, `verify` and `review` read.
export const files = {
    "ca-cert.pem": caCertPem,
    "cert-chain.pem": certChainPem,
    "root-cert.pem": rootCertPem,
};
export const verdict = verification.summary.verdict;

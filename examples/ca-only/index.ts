import * as ca from "istio-plugin-ca";

const cluster = "cluster1";
const root = new ca.RootCa("root", {
    profile: { keyAlgorithm: ca.KeyAlgorithm.EcdsaP384, rootValidityDays: 1825 },
});
const intermediate = new ca.IntermediateCa("intermediate", { cluster });
const certificate = new ca.IntermediateCertificate("certificate", {
    cluster,
    certRequestPem: intermediate.certRequestPem,
    ca: root,
});
new ca.CaCertsSecret("cacerts", {
    caCertPem: certificate.certPem,
    certChainPem: certificate.certChainPem,
    rootCertPem: certificate.rootCertPem,
    privateKeyPem: intermediate.privateKeyPem,
});

export const files = {
    "ca-cert.pem": certificate.certPem,
    "cert-chain.pem": certificate.certChainPem,
    "root-cert.pem": certificate.rootCertPem,
};

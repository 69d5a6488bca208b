import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";

// Clusters 1 and 2 are below root east, cluster 3 is below root west, and all of them trust both: their workloads
// accept each other. The contexts of the kubeconfig are named as the clusters.
const config = new pulumi.Config();
const kubeconfig = config.require("kubeconfig");
const set = config.getObject<string[]>("istioSet");

const east = new ca.RootCa("east");
const west = new ca.RootCa("west");
const trustBundle = pulumi.concat(east.certPem, west.certPem);

/** Istio in one cluster, under an intermediate CA of its own. */
function mesh(cluster: string, root: ca.RootCa) {
    const where = { kubeconfig, context: cluster };
    const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
    const certificate = new ca.IntermediateCertificate(cluster, {
        cluster,
        certRequestPem,
        ca: root,
        trustBundle,
    });
    const { certPem: caCertPem, certChainPem, rootCertPem } = certificate;
    const provider = new Provider(cluster, { ...where, enableSecretMutable: true });
    const cacerts = new ca.CaCertsSecret(
        `${cluster}-cacerts`,
        { caCertPem, certChainPem, rootCertPem, privateKeyPem },
        { provider },
    );
    const leftovers = new ca.IstioLeftovers(`${cluster}-istio-leftovers`, where);
    const istio = new ca.IstioInstall(
        `${cluster}-istio`,
        { ...where, namespace: cacerts.namespace, set },
        { dependsOn: [cacerts, leftovers] },
    );
    new ca.MeshVerification(
        `${cluster}-verification`,
        { ...where, caCertPem, rootCertPem },
        { dependsOn: istio },
    );
    return { caCertPem, rootCertPem };
}

export const cluster1 = mesh("cluster1", east);
export const cluster2 = mesh("cluster2", east);
export const cluster3 = mesh("cluster3", west);

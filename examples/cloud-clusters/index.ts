import { Provider } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as ca from "istio-plugin-ca";
import { aksKubeconfig } from "./aks";
import { eksKubeconfig } from "./eks";
import { gkeKubeconfig } from "./gke";
import { kubeconfigFile } from "./kubeconfigFile";

// One root CA for clusters in several clouds. Each cluster is made by a stack of its own, which exports how to reach it.
const kubeconfigs = { eks: eksKubeconfig, gke: gkeKubeconfig, aks: aksKubeconfig };

interface Cluster {
    cloud: keyof typeof kubeconfigs;
    stack: string;
}

const clusters = new pulumi.Config().requireObject<Record<string, Cluster>>("clusters");
const root = new ca.RootCa("root");

/** Istio in one cluster, under an intermediate CA of its own. */
function mesh(cluster: string, { cloud, stack }: Cluster) {
    const kubeconfig = kubeconfigs[cloud](new pulumi.StackReference(stack));
    const where = kubeconfigFile(cluster, kubeconfig);
    const { certRequestPem, privateKeyPem } = new ca.IntermediateCa(cluster, { cluster });
    const certificate = new ca.IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root });
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
        { ...where, namespace: cacerts.namespace, profile: "default" },
        { dependsOn: [cacerts, leftovers] },
    );
    const { summary } = new ca.MeshVerification(
        `${cluster}-verification`,
        { ...where, caCertPem, rootCertPem },
        { dependsOn: istio },
    );
    return summary.verdict;
}

export const verdicts = Object.fromEntries(
    Object.entries(clusters).map(([name, cluster]) => [name, mesh(name, cluster)]),
);

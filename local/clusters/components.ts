import * as path from "node:path";
import { typescript } from "../paths";
import type { Toolchain } from "../toolchain/toolchain";
import type { Cluster } from "./cluster";
import { componentKubeconfig, writeComponentKubeconfig } from "./kubeconfig";
import { ConfigOptions, configFile, writeConfigs } from "./configs";
import { Pki } from "./pki";

/** The programs that clusters consist of. */
export type ClusterPrograms = Pick<Toolchain, "coredns" | "kubernetes" | "system">;

/** The processes of a cluster. */
export const componentNames = [
    "etcd",
    "kube-apiserver",
    "containerd",
    "kubelet",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "coredns",
    "load-balancer",
] as const;

export type ComponentName = (typeof componentNames)[number];

/**
 * The command line of every component, with its configuration files written. All run on the cluster's own node, so
 * ports and paths are the usual ones; timings and rate limits suit a small machine with few pods.
 */
export function componentCommands(
    cluster: Cluster,
    { coredns, kubernetes, system }: ClusterPrograms,
    options: Omit<ConfigOptions, "cniDir">,
): Record<ComponentName, string[]> {
    const pki = new Pki(cluster);
    writeConfigs(cluster, { ...options, cniDir: system.cniDir });
    const clients = ["coredns", "kubelet", "kube-controller-manager", "kube-proxy", "kube-scheduler"];
    clients.forEach((client) => writeComponentKubeconfig(cluster, client));
    return {
        etcd: [
            system.etcd,
            `--name=${cluster.name}`,
            "--data-dir=/var/lib/etcd",
            `--listen-client-urls=${etcdUrl}`,
            `--advertise-client-urls=${etcdUrl}`,
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--client-cert-auth",
            `--trusted-ca-file=${pki.certFile("etcd-ca")}`,
            `--cert-file=${pki.certFile("etcd")}`,
            `--key-file=${pki.keyFile("etcd")}`,
            "--logger=zap",
            "--log-level=warn",
        ],
        containerd: [system.containerd, `--config=${configFile(cluster, "containerd.toml")}`],
        "kube-apiserver": [
            kubernetes.apiserver,
            `--advertise-address=${cluster.nodeIp}`,
            "--allow-privileged",
            "--authorization-mode=Node,RBAC",
            `--client-ca-file=${pki.certFile("ca")}`,
            "--enable-admission-plugins=NodeRestriction",
            `--etcd-cafile=${pki.certFile("etcd-ca")}`,
            `--etcd-certfile=${pki.certFile("kube-apiserver-etcd-client")}`,
            `--etcd-keyfile=${pki.keyFile("kube-apiserver-etcd-client")}`,
            `--etcd-servers=${etcdUrl}`,
            `--kubelet-certificate-authority=${pki.certFile("ca")}`,
            `--kubelet-client-certificate=${pki.certFile("kube-apiserver-kubelet-client")}`,
            `--kubelet-client-key=${pki.keyFile("kube-apiserver-kubelet-client")}`,
            // Both need an etcd that reports its progress; the one in Debian 12 (3.4) does not, and they retry forever.
            "--feature-gates=DetectCacheInconsistency=false,SizeBasedListCostEstimate=false",
            "--kubelet-preferred-address-types=InternalIP",
            "--profiling=false",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            `--service-account-key-file=${cluster.path("pki", "service-account.pub")}`,
            `--service-account-signing-key-file=${pki.keyFile("service-account")}`,
            `--service-cluster-ip-range=${cluster.serviceCidr}`,
            `--tls-cert-file=${pki.certFile("kube-apiserver")}`,
            `--tls-private-key-file=${pki.keyFile("kube-apiserver")}`,
        ],
        "kube-controller-manager": [
            kubernetes.controllerManager,
            `--kubeconfig=${componentKubeconfig(cluster, "kube-controller-manager")}`,
            "--bind-address=127.0.0.1",
            `--cluster-signing-cert-file=${pki.certFile("ca")}`,
            `--cluster-signing-key-file=${pki.keyFile("ca")}`,
            "--kube-api-burst=1000",
            "--kube-api-qps=500",
            "--leader-elect=false",
            // The only node is not lost, and its pods' endpoints with it, because the machine is busy for a minute.
            "--node-monitor-grace-period=5m",
            "--profiling=false",
            `--root-ca-file=${pki.certFile("ca")}`,
            `--service-account-private-key-file=${pki.keyFile("service-account")}`,
        ],
        "kube-scheduler": [
            kubernetes.scheduler,
            `--config=${configFile(cluster, "kube-scheduler.yaml")}`,
            "--bind-address=127.0.0.1",
        ],
        kubelet: [
            kubernetes.kubelet,
            `--kubeconfig=${componentKubeconfig(cluster, "kubelet")}`,
            `--config=${configFile(cluster, "kubelet.yaml")}`,
            `--hostname-override=${cluster.name}`,
            `--node-ip=${cluster.nodeIp}`,
        ],
        "kube-proxy": [kubernetes.proxy, `--config=${configFile(cluster, "kube-proxy.yaml")}`],
        coredns: [coredns, `-conf=${configFile(cluster, "coredns.conf")}`],
        "load-balancer": [
            ...[process.execPath, "--require", typescript, path.join(__dirname, "loadBalancer.ts")],
            cluster.loadBalancerPrefix,
            ...[pki.certFile("ca"), pki.certFile("admin"), pki.keyFile("admin")],
        ],
    };
}

const etcdUrl = "https://127.0.0.1:2379";

import { stringify } from "yaml";
import type { Cluster } from "./cluster";
import { writeFileAtomically } from "./files";
import { componentKubeconfig } from "./kubeconfig";
import { Pki } from "./pki";

/** The configuration files of a cluster's components, each written from the cluster's addresses and paths. */
const configs = {
    "containerd.toml": containerd,
    "coredns.conf": coreDns,
    "kube-proxy.yaml": kubeProxy,
    "kube-scheduler.yaml": kubeScheduler,
    "kubelet.yaml": kubelet,
    "cni/pods.conflist": cni,
    "resolv.conf": ({ dnsIp }: Cluster) => `nameserver ${dnsIp}\n`,
};

/** Writes them all. */
export function writeConfigs(cluster: Cluster, options: ConfigOptions): void {
    for (const [name, content] of Object.entries(configs)) {
        writeFileAtomically(configFile(cluster, name as keyof typeof configs), content(cluster, options));
    }
}

/** Where one of them is. */
export function configFile(cluster: Cluster, name: keyof typeof configs): string {
    return cluster.path("config", name);
}

/** What the files need in addition to the cluster. */
export interface ConfigOptions {
    /** The folder of the CNI plugins. */
    cniDir: string;
    /** The image of the container that holds a pod's namespaces. */
    pauseImage: string;
    /** How late a mounted Secret or ConfigMap may pick up its change, such as "5s". */
    syncFrequency: string;
}

/** Limits for clients of the API server: the usual ones make a burst of new objects wait. */
const rateLimit = { qps: 500, burst: 1000 };

// A machine may lack CAP_SYS_RESOURCE, without which no process can lower its OOM score: restrict_oom_score_adj.
function containerd(cluster: Cluster, { cniDir, pauseImage }: ConfigOptions): string {
    return `version = 2
disabled_plugins = [
    "io.containerd.internal.v1.opt",
    "io.containerd.internal.v1.tracing",
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.tracing.processor.v1.otlp",
]
[plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "${pauseImage}"
    disable_apparmor = true
    enable_unprivileged_icmp = true
    enable_unprivileged_ports = true
    restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniDir}"
    conf_dir = "${cluster.path("config", "cni")}"
`;
}

/** Every pod has its own link to the node, so that all its packets are routed and pass kube-proxy's rules. */
function cni(cluster: Cluster): string {
    const ipam = {
        type: "host-local",
        dataDir: "/run/cni",
        ranges: [[{ subnet: cluster.podCidr }]],
        routes: [{ dst: "0.0.0.0/0" }],
    };
    const plugins = [
        { type: "ptp", ipam },
        { type: "portmap", capabilities: { portMappings: true } },
    ];
    return JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins });
}

function coreDns(cluster: Cluster): string {
    return `. {
    errors
    health 127.0.0.1:8080
    ready 127.0.0.1:8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${componentKubeconfig(cluster, "coredns")}
        ttl 5
    }
    cache 5 {
        denial 9984 1
    }
}
`;
}

function kubelet(cluster: Cluster, { syncFrequency }: ConfigOptions): string {
    const pki = new Pki(cluster);
    return stringify({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        authentication: { anonymous: { enabled: false }, x509: { clientCAFile: pki.certFile("ca") } },
        cgroupDriver: "cgroupfs",
        cgroupRoot: cluster.cgroup.path,
        clusterDNS: [cluster.dnsIp],
        clusterDomain: "cluster.local",
        containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
        eventRecordQPS: 0,
        // The disk is the user's own: neither a full one nor an unused image makes the kubelet clean up.
        evictionHard: { "memory.available": "100Mi", "nodefs.available": "0%", "imagefs.available": "0%" },
        imageGCHighThresholdPercent: 100,
        failCgroupV1: false,
        failSwapOn: false,
        kubeAPIQPS: rateLimit.qps,
        kubeAPIBurst: rateLimit.burst,
        oomScoreAdj: 0,
        registryPullQPS: 0,
        resolvConf: configFile(cluster, "resolv.conf"),
        serializeImagePulls: false,
        syncFrequency,
        tlsCertFile: pki.certFile("kubelet-server"),
        tlsPrivateKeyFile: pki.keyFile("kubelet-server"),
    });
}

/** It leaves the machine's connection tracking limits alone: the cluster must not set them. */
function kubeProxy(cluster: Cluster): string {
    return stringify({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        clientConnection: { kubeconfig: componentKubeconfig(cluster, "kube-proxy"), ...rateLimit },
        clusterCIDR: cluster.podCidr,
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        hostnameOverride: cluster.name,
        iptables: { minSyncPeriod: "200ms", syncPeriod: "1h" },
        mode: "iptables",
        oomScoreAdj: 0,
    });
}

function kubeScheduler(cluster: Cluster): string {
    return stringify({
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        clientConnection: { kubeconfig: componentKubeconfig(cluster, "kube-scheduler"), ...rateLimit },
        leaderElection: { leaderElect: false },
    });
}

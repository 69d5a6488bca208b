import type { ApiServer } from "./apiServer";
import type { Cluster } from "./cluster";

/** Makes the Service `kube-dns`, whose only endpoint is CoreDNS on the node, and lets CoreDNS read what it answers from. */
export async function applyDns(cluster: Cluster, api: ApiServer): Promise<void> {
    const namespace = "kube-system";
    const ports = [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
    ];
    await Promise.all([
        api.apply(`/api/v1/namespaces/${namespace}/services/kube-dns`, {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "kube-dns", namespace, labels: { "k8s-app": "kube-dns" } },
            spec: { clusterIP: cluster.dnsIp, ports },
        }),
        api.apply(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/kube-dns`, {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: { name: "kube-dns", namespace, labels: { "kubernetes.io/service-name": "kube-dns" } },
            addressType: "IPv4",
            endpoints: [{ addresses: [cluster.nodeIp], conditions: { ready: true }, nodeName: cluster.name }],
            ports,
        }),
        api.apply("/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns", {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: "system:coredns" },
            rules: [
                { apiGroups: [""], resources: ["namespaces", "pods", "services"], verbs: ["list", "watch"] },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
            ],
        }),
        api.apply("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns", {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "system:coredns" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:coredns" }],
        }),
    ]);
}

import * as pulumi from "@pulumi/pulumi";

/**
 * The kubeconfig of a GKE cluster, which no provider makes. It holds no credentials: the program gke-gcloud-auth-plugin, which
 * must be on PATH, gets a token. The cluster's stack exports three outputs of @pulumi/gcp:
 *
 *     const cluster = new gcp.container.Cluster("cluster1", { … });
 *     export const { name, endpoint } = cluster;
 *     export const clusterCaCertificate = cluster.masterAuth.clusterCaCertificate;
 */
export function gkeKubeconfig(stack: pulumi.StackReference): pulumi.Output<string> {
    const [name, endpoint, clusterCaCertificate] = ["name", "endpoint", "clusterCaCertificate"].map(
        (output) => stack.requireOutput(output) as pulumi.Output<string>,
    );
    return pulumi.all([name!, endpoint!, clusterCaCertificate!]).apply(([cluster, address, caCertificate]) =>
        JSON.stringify({
            apiVersion: "v1",
            kind: "Config",
            "current-context": cluster,
            clusters: [
                {
                    name: cluster,
                    cluster: { server: `https://${address}`, "certificate-authority-data": caCertificate },
                },
            ],
            contexts: [{ name: cluster, context: { cluster, user: cluster } }],
            users: [
                {
                    name: cluster,
                    user: {
                        exec: {
                            apiVersion: "client.authentication.k8s.io/v1beta1",
                            command: "gke-gcloud-auth-plugin",
                            interactiveMode: "Never",
                            provideClusterInfo: true,
                        },
                    },
                },
            ],
        }),
    );
}

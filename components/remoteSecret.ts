import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

/** Arguments of {@link RemoteSecret}. */
export interface RemoteSecretArgs {
    /** The name of the cluster that is read: what its istiod was installed with as values.global.multiCluster.clusterName. */
    cluster: string;
    /** The URL of its API server as the cluster that holds the Secret reaches it. */
    server: pulumi.Input<string>;
    /** The certificates that verify the API server, PEM. */
    caPem: pulumi.Input<string>;
    /** A token for its API server. Secret. Default: none, so `template` says how istiod identifies itself. */
    token?: pulumi.Input<string>;
    /**
     * The text of a kubeconfig without a token, in which `{cluster}`, `{server}` and `{ca}` (Base64) are replaced: for access by an
     * exec plugin or by workload identity. istiod runs an exec plugin only if PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS of its
     * environment holds `exec`, and only one that its image holds. Default: a kubeconfig with the token.
     */
    template?: string | undefined;
    /** Istio's namespace. Default: istio-system. */
    namespace?: pulumi.Input<string>;
}

/**
 * The Secret by which the istiod of one cluster reads another, as `istioctl create-remote-secret` makes it (istio
 * istioctl/pkg/multicluster/remote_secret.go). With it workloads send requests to those of the other cluster; without, they do not.
 *
 * The provider must have `enableSecretMutable: true`, so that a renewed token changes it in place: between a deletion and a creation
 * istiod would take all endpoints of that cluster away.
 */
export class RemoteSecret extends pulumi.ComponentResource {
    constructor(name: string, args: RemoteSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        const { token = "", ...visible } = args;
        super("istio-plugin-ca:index:RemoteSecret", name, visible, opts);
        const { cluster, server, caPem, template, namespace = "istio-system" } = args;
        const kubeconfig = pulumi
            .all([server, caPem, token])
            .apply(([url, ca, bearer]) =>
                template === undefined
                    ? remoteKubeconfig(cluster, url, ca, bearer)
                    : filledIn(template, { cluster, server: url, ca: base64(ca) }),
            );
        new Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: `istio-remote-secret-${cluster}`,
                    namespace,
                    labels: { "istio/multiCluster": "true" },
                    annotations: { "networking.istio.io/cluster": cluster },
                },
                stringData: pulumi.secret({ [cluster]: kubeconfig }),
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

function remoteKubeconfig(name: string, server: string, caPem: string, token: string): string {
    return stringify(
        {
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name,
                    cluster: { server, "certificate-authority-data": base64(caPem) },
                },
            ],
            users: [{ name, user: { token } }],
            contexts: [{ name, context: { cluster: name, user: name } }],
            "current-context": name,
        },
        { lineWidth: 0 },
    );
}

function filledIn(template: string, values: Record<string, string>): string {
    return template.replace(/\{(cluster|server|ca)\}/g, (_, name: string) => values[name]!);
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}

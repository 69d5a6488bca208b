import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
    crossNetworkPort,
    probeClient,
    probeName,
    probeNamespace,
    probeServer,
    probeServerPort,
    probeServicePrefix,
} from "../verify/probeNames";
import { httpbin, sleep } from "./samples";

/** Arguments of {@link MeshProbe}. */
export interface MeshProbeArgs {
    /** The name of the cluster that it is in. */
    cluster: string;
    /** The names of all clusters of the mesh. */
    clusters: string[];
    /** The ports of the clusters' API servers, which its client asks for as istiod does, past its sidecar. Default: none. */
    apiPorts?: pulumi.Input<number[]>;
}

/**
 * What one cluster needs for the proof that its workloads and those of the mesh's other clusters trust each other: a pod with the client and
 * the server of Istio's samples, and a Service for the pod of each cluster. Only the cluster that a Service is named after has its endpoint, so
 * that a request to it leaves every other cluster.
 */
export class MeshProbe extends pulumi.ComponentResource {
    /** The namespace, which the pod is ready in. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: MeshProbeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:MeshProbe", name, args, opts);
        const namespace = new Namespace(
            `${name}-namespace`,
            { metadata: { name: probeNamespace, labels: { "istio-injection": "enabled" } } },
            { parent: this },
        );
        const within = { parent: this, deletedWith: namespace };
        const place = { namespace: namespace.metadata.name };
        const account = new ServiceAccount(
            `${name}-account`,
            { metadata: { name: probeName, ...place } },
            within,
        );
        const strict = new CustomResource(
            `${name}-strict`,
            {
                apiVersion: "security.istio.io/v1",
                kind: "PeerAuthentication",
                metadata: { name: "default", ...place },
                spec: { mtls: { mode: "STRICT" } },
            },
            within,
        );
        for (const each of args.clusters) {
            new Service(
                `${name}-${each}`,
                {
                    metadata: {
                        name: probeServicePrefix + each,
                        ...place,
                        annotations: { "pulumi.com/skipAwait": "true" },
                    },
                    spec: {
                        selector: { app: probeName, cluster: each },
                        ports: [{ name: "http", port: httpbin.port, targetPort: httpbin.targetPort }],
                    },
                },
                within,
            );
        }
        const pod = this.pod(
            name,
            args,
            { namespace: place.namespace, account: account.metadata.name },
            strict,
        );
        this.namespace = pod.metadata.namespace;
        this.registerOutputs({ namespace: this.namespace });
    }

    private pod(
        name: string,
        { cluster, apiPorts = [] }: MeshProbeArgs,
        { namespace, account }: { namespace: pulumi.Output<string>; account: pulumi.Output<string> },
        strict: pulumi.Resource,
    ): Deployment {
        const labels = { app: probeName, cluster };
        const [server, client] = [httpbin, sleep].map(
            (sample) => sample.deployment(namespace).spec.template.spec.containers[0]!,
        );
        const excluded = pulumi
            .output(apiPorts)
            .apply((ports) =>
                [...new Set([crossNetworkPort, probeServerPort, ...ports])].sort((a, b) => a - b).join(","),
            );
        return new Deployment(
            `${name}-deployment`,
            {
                metadata: { name: probeName, namespace },
                spec: {
                    selector: { matchLabels: labels },
                    template: {
                        metadata: {
                            labels,
                            annotations: { "traffic.sidecar.istio.io/excludeOutboundPorts": excluded },
                        },
                        spec: {
                            serviceAccountName: account,
                            terminationGracePeriodSeconds: 0,
                            containers: [
                                { ...client!, name: probeClient },
                                { ...server!, name: probeServer },
                            ],
                        },
                    },
                },
            },
            { parent: this, dependsOn: strict },
        );
    }
}

import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { crlConfigMapName, crlMountPath } from "../pki/caFiles";
import { crossNetworkPort } from "../verify/probeNames";

/** The port of a gateway's readiness. */
const statusPort = 15021;

/** Arguments of {@link EastWestGateway}. */
export interface EastWestGatewayArgs {
    /** The cluster's network, a DNS label: what comes through the gateway is for workloads of this one. */
    network: pulumi.Input<string>;
    /** The namespace of the gateway, one in which istiod injects proxies. Default: istio-system. */
    namespace?: pulumi.Input<string>;
    /** The name of its Deployment and its Service. Default: istio-eastwestgateway. */
    gatewayName?: string;
}

/**
 * The gateway by which workloads of other networks reach those of this cluster, and the Gateway cross-network-gateway that lets them
 * through to every Service of the mesh. It ends no TLS: the handshake is between the workloads, which proves the trust of both clusters.
 *
 * istiod injects its proxy (istio manifests/charts/gateway), so Istio must run. It checks CRLs as sidecars do, unlike a gateway of Istio's charts.
 */
export class EastWestGateway extends pulumi.ComponentResource {
    /** The addresses that the load balancer of its Service has: IPs or host names. */
    readonly addresses: pulumi.Output<string[]>;

    constructor(name: string, args: EastWestGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:EastWestGateway", name, args, opts);
        const { network, namespace = "istio-system", gatewayName = "istio-eastwestgateway" } = args;
        const selector = { app: gatewayName, istio: "eastwestgateway" };
        const labels = { ...selector, "topology.istio.io/network": network };
        const metadata = { name: gatewayName, namespace, labels };
        const account = new ServiceAccount(
            `${name}-account`,
            { metadata: { name: gatewayName, namespace } },
            { parent: this },
        );
        const deployment = new Deployment(
            `${name}-deployment`,
            {
                metadata,
                spec: {
                    selector: { matchLabels: selector },
                    template: {
                        metadata: {
                            labels: { ...labels, "sidecar.istio.io/inject": "true" },
                            annotations: { "inject.istio.io/templates": "gateway" },
                        },
                        spec: podSpec(account.metadata.name, network),
                    },
                },
            },
            { parent: this },
        );
        // The Deployment's readiness is enough. Pulumi would also wait until the Service's endpoints have not changed for 10 seconds.
        const service = new Service(
            `${name}-service`,
            {
                metadata: {
                    ...metadata,
                    annotations: { "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}" },
                },
                spec: {
                    type: "LoadBalancer",
                    selector,
                    ports: [
                        { name: "status-port", port: statusPort, targetPort: statusPort },
                        { name: "tls", port: crossNetworkPort, targetPort: crossNetworkPort },
                    ],
                },
            },
            { parent: this },
        );
        new CustomResource(
            `${name}-services`,
            {
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: { name: "cross-network-gateway", namespace },
                spec: {
                    selector,
                    servers: [
                        {
                            port: { number: crossNetworkPort, name: "tls", protocol: "TLS" },
                            tls: { mode: "AUTO_PASSTHROUGH" },
                            hosts: ["*.local"],
                        },
                    ],
                },
            },
            { parent: this },
        );
        // Known once its pods are ready, so that nobody is sent to a gateway that does not answer yet.
        this.addresses = pulumi
            .all([service.status, deployment.id])
            .apply(([status]) =>
                (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
            );
        this.registerOutputs({ addresses: this.addresses });
    }
}

/** What istiod completes. The ConfigMap is missing in a mesh without CRLs. */
function podSpec(serviceAccountName: pulumi.Input<string>, network: pulumi.Input<string>) {
    return {
        serviceAccountName,
        securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] },
        containers: [
            {
                name: "istio-proxy",
                image: "auto",
                // Kubernetes takes auto for a name that has no version, and would ask the registry at each start.
                imagePullPolicy: "IfNotPresent",
                // As Istio's sidecars have it. Without it, the kubelet may look again only after 15 seconds.
                startupProbe: {
                    httpGet: { path: "/healthz/ready", port: statusPort },
                    periodSeconds: 1,
                    timeoutSeconds: 3,
                    failureThreshold: 600,
                },
                securityContext: {
                    capabilities: { drop: ["ALL"] },
                    allowPrivilegeEscalation: false,
                    privileged: false,
                    readOnlyRootFilesystem: true,
                    runAsNonRoot: true,
                },
                env: [{ name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: network }],
                resources: { requests: { cpu: "10m", memory: "40Mi" } },
                volumeMounts: [{ name: crlConfigMapName, mountPath: crlMountPath, readOnly: true }],
            },
        ],
        volumes: [{ name: crlConfigMapName, configMap: { name: crlConfigMapName, optional: true } }],
    };
}

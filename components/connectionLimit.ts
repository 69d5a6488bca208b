import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link ConnectionLimit}. */
export interface ConnectionLimitArgs {
    /** Istio's root namespace: the limit is that of every proxy of the mesh. */
    namespace: pulumi.Input<string>;
    /** How long a connection may live, minutes. */
    minutes: pulumi.Input<number>;
}

const types = "type.googleapis.com/envoy.extensions.filters.network";

/**
 * A limit on the life of every connection that proxies accept. Envoy checks certificates only when a connection is opened: one
 * that a revoked or an old CA opened lives as long as both sides want, hours for HTTP/2. With the limit it is closed, HTTP between
 * requests.
 */
export class ConnectionLimit extends pulumi.ComponentResource {
    constructor(name: string, args: ConnectionLimitArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ConnectionLimit", name, args, opts);
        const duration = pulumi.output(args.minutes).apply((minutes) => `${minutes * 60}s`);
        const http = {
            common_http_protocol_options: { max_connection_duration: duration },
            http1_safe_max_connection_duration: true,
        };
        const tcp = { max_downstream_connection_duration: duration };
        new CustomResource(
            `${name}-filter`,
            {
                apiVersion: "networking.istio.io/v1alpha3",
                kind: "EnvoyFilter",
                metadata: { name: "connection-limit", namespace: args.namespace },
                spec: {
                    configPatches: ["SIDECAR_INBOUND", "GATEWAY"].flatMap((context) => [
                        patch(context, "http_connection_manager", "HttpConnectionManager", http),
                        patch(context, "tcp_proxy", "TcpProxy", tcp),
                    ]),
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

function patch(context: string, filter: string, message: string, value: object) {
    return {
        applyTo: "NETWORK_FILTER",
        match: {
            context,
            listener: { filterChain: { filter: { name: `envoy.filters.network.${filter}` } } },
        },
        patch: {
            operation: "MERGE",
            value: { typed_config: { "@type": `${types}.${filter}.v3.${message}`, ...value } },
        },
    };
}

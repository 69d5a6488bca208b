import * as https from "node:https";
import * as tls from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClientOptions } from "ws";

/**
 * How WebSockets reach an API server: as the client library's other requests do, but all with one agent, which resumes TLS
 * sessions, and one TLS context. A thousand contexts, each with the cluster's CA in it, cost more than what is sent.
 */
export class WebSocketOptions {
    private last: ClientOptions = {};

    constructor(private readonly config: KubeConfig) {}

    /** The API server's address, as ws:// or wss://. */
    get server(): string {
        return this.config.getCurrentCluster()!.server.replace(/^http/, "ws").replace(/\/$/, "");
    }

    /** Asked for before each connection, because credentials may have changed. */
    async current(): Promise<ClientOptions> {
        const options: ClientOptions = {};
        await this.config.applyToHTTPSOptions(options);
        const credentials = ({ ca, cert, key }: ClientOptions) => [ca, cert, key];
        const same = isDeepStrictEqual(credentials(options), credentials(this.last));
        if (same && this.last.agent) {
            return { ...options, agent: this.last.agent };
        }
        if (options.agent instanceof https.Agent) {
            options.agent.options.secureContext = tls.createSecureContext(options.agent.options);
        }
        this.last = options;
        return options;
    }
}

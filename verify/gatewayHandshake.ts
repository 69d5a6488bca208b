import { once } from "node:events";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import * as tls from "node:tls";
import { Cluster } from "../kube/cluster";
import { Certificate } from "../pki/certificate";
import type { Transfer } from "./curl";
import { crossNetworkPort } from "./probeNames";
import * as refusal from "./refusal";
import { Check } from "./report";

/** What a gateway lets through (istio pilot/pkg/networking/util, ALPNInMesh). */
const meshProtocol = "istio";

const gatewayLabels = { istio: "eastwestgateway" };

/** How long a refusal may take to arrive, milliseconds. */
const refusalMs = 3000;

/** What a workload served through the gateway of its cluster. */
export interface GatewayHandshake {
    /** As they were served. */
    served: Certificate[];
    /** Why OpenSSL, which has the roots alone, rejects the chain; undefined if it does not. */
    fault: string | undefined;
}

/** The east-west gateway of a cluster, by one of its pods, and a workload behind it. */
export class Gateway {
    private constructor(
        private readonly cluster: Cluster,
        private readonly pod: string,
        private readonly servername: string,
    ) {}

    /**
     * @param host - the Service's host, `name.namespace.svc.cluster.local`
     * @throws Error if no pod of the gateway is ready.
     */
    static async find(cluster: Cluster, host: string, port: number): Promise<Gateway> {
        const [pod] = await cluster.readyPods("istio-system", gatewayLabels);
        if (!pod) {
            throw new Error("no pod of the east-west gateway is ready");
        }
        return new Gateway(cluster, pod.metadata!.name!, `outbound_.${port}_._.${host}`);
    }

    /** The handshake of a client without a certificate that trusts these roots alone. */
    async shakeHands(roots: readonly Certificate[], signal: AbortSignal): Promise<GatewayHandshake> {
        return this.connected(signal, async (connection) => {
            const socket = this.client(connection, { ca: roots.map(({ pem }) => pem) });
            await once(socket, "secureConnect", { signal });
            // A workload's certificate names no host, which is looked at only if the chain is good.
            const { authorizationError } = socket;
            const fault = (authorizationError as unknown as string | undefined) ?? undefined;
            return { served: servedTo(socket), fault };
        });
    }

    /** A client with the certificate of another CA must be refused. */
    async refusesStranger(pem: string, signal: AbortSignal): Promise<Check> {
        const options = { cert: pem, key: pem, maxVersion: "TLSv1.2" as const };
        return this.connected(signal, async (connection) => {
            const ended = await end(this.client(connection, options), signal);
            return refusal.foreignCertificate(ended);
        });
    }

    /** A request without TLS must be refused. */
    async refusesPlaintext(signal: AbortSignal): Promise<Check> {
        return this.connected(signal, async (connection) => {
            connection.write(`GET / HTTP/1.1\r\nHost: ${this.servername}\r\n\r\n`);
            return refusal.plaintext(await end(connection, signal));
        });
    }

    private client(socket: Duplex, options: tls.ConnectionOptions): tls.TLSSocket {
        return tls.connect({
            socket,
            servername: this.servername,
            ALPNProtocols: [meshProtocol],
            rejectUnauthorized: false,
            checkServerIdentity: () => undefined,
            ...options,
        });
    }

    private async connected<T>(signal: AbortSignal, use: (connection: Duplex) => Promise<T>): Promise<T> {
        const where = { namespace: "istio-system", pod: this.pod };
        const connection = await this.cluster.connectTo(where, crossNetworkPort, signal);
        try {
            return await use(connection);
        } finally {
            connection.destroy();
        }
    }
}

/** From the leaf on, each certificate and what issued it, as far as they were served. */
function servedTo(socket: tls.TLSSocket): Certificate[] {
    const served: Certificate[] = [];
    for (
        let each: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
        each?.raw && !served.some(({ der }) => der.equals(each!.raw));
        each = each.issuerCertificate
    ) {
        served.push(new Certificate(each.raw));
    }
    return served;
}

/** How a connection ended, or that it did not, as curl would report it. */
async function end(connection: Duplex, signal: AbortSignal): Promise<Transfer> {
    const over = new Promise<Transfer>((resolve) => {
        const report = (exitcode: number, errormsg: string) =>
            resolve({ exitcode, errormsg, http_code: 0, certs: "" });
        connection.on("error", ({ message }) => report(56, message));
        connection.on("end", () => report(52, "the connection was closed"));
        connection.on("close", () => report(52, "the connection was closed"));
        connection.on("data", () => report(0, "answered"));
    });
    const open = { exitcode: 28, errormsg: "the connection stayed open", http_code: 0, certs: "" };
    return Promise.race([over, delay(refusalMs, open, { signal, ref: false })]);
}

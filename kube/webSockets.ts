import { text } from "node:stream/consumers";
import { ApiException } from "@kubernetes/client-node";
import WebSocket from "ws";
import { WebSocketOptions } from "./webSocketOptions";

/** The subprotocols of exec and port-forward, the newest first (k8s.io/apiserver pkg/util/wsstream). */
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io"].concat(
    "channel.k8s.io",
);

/** Takes a message of one of the streams; false closes the connection. */
type OnMessage = (stream: number, data: Buffer) => boolean;

/**
 * WebSockets to the API server for the client library's Exec and PortForward, whose own cannot be given up before they are
 * open, nor without the other end's consent. These are gone, TCP connection and all, once the signal is aborted.
 */
export class WebSockets {
    constructor(
        private readonly options: WebSocketOptions,
        private readonly signal: AbortSignal,
    ) {}

    /** @throws ApiException with what the API server answered instead; the signal's reason when that is aborted. */
    async connect(path: string, _onText: unknown, onMessage: OnMessage | null): Promise<WebSocket> {
        const options = await this.options.current();
        this.signal.throwIfAborted();
        const socket = new WebSocket(this.options.server + path, protocols, {
            ...options,
            perMessageDeflate: false,
        });
        const terminate = () => socket.terminate();
        this.signal.addEventListener("abort", terminate, { once: true });
        socket.on("close", () => this.signal.removeEventListener("abort", terminate));
        socket.on("message", (data: Buffer) => {
            if (onMessage?.(data.readUInt8(0), data.subarray(1)) === false) {
                socket.close();
            }
        });
        return new Promise((resolve, reject) => {
            socket.once("open", () => resolve(socket));
            socket.on("error", (error) =>
                reject(this.signal.aborted ? (this.signal.reason as Error) : error),
            );
            socket.once("unexpected-response", (_request, response) => {
                const refused = (body: unknown) => new ApiException(response.statusCode ?? 0, "", body, {});
                text(response)
                    .then((body) => reject(refused(body)), reject)
                    .finally(terminate);
            });
        });
    }
}

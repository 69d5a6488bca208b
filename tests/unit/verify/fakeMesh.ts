import * as fs from "node:fs";
import * as http from "node:http";
import { AddressInfo, Socket } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { V1Node, V1Pod } from "@kubernetes/client-node";
import { WebSocket, WebSocketServer } from "ws";
import { Made } from "./certificates";

/** What a proxy does when it is asked. */
export type Behaviour =
    /** Answers as Envoy does. */
    | { trusts: Made[]; serves: Made[] }
    /** Takes the connection and says nothing. */
    | "hangs"
    /** So does its kubelet, which opens no connection. */
    | "kubelet hangs"
    /** The kubelet has nobody to connect to. */
    | "refuses"
    /** Answers, but is no Envoy. */
    | "babbles"
    /** Answers without an end. */
    | "floods";

interface FakePod {
    pod: V1Pod;
    behaviour: Behaviour;
}

/** An API server with pods, and with kubelets that forward ports to their proxies. */
export class FakeMesh {
    readonly pods = new Map<string, FakePod>();
    nodes: string[] = ["node1"];
    readonly nodesNotReady: string[] = [];
    /** Whether it refuses all but pods and namespaces. */
    forbids = false;

    /** The names of the pods whose proxies were asked, in order. */
    readonly asked: string[] = [];

    /** Called whenever a proxy is asked. */
    onAsked: (name: string) => void = () => undefined;

    /** Which of the connections to a proxy are still open, by its pod. */
    readonly open: string[] = [];

    /** How many pods the requests for lists were for. */
    readonly limits: (string | null)[] = [];

    readonly kubeconfig: string;
    private readonly server: http.Server;
    private readonly webSockets = new WebSocketServer({ noServer: true });
    private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-"));

    private constructor() {
        this.kubeconfig = path.join(this.folder, "config");
        this.server = http.createServer(({ url = "" }, response) => {
            const [status, answer] = this.answer(new URL(url, "http://mesh"));
            response.writeHead(status, { "content-type": "application/json" });
            response.end(JSON.stringify(answer));
        });
        this.server.on("upgrade", (request: http.IncomingMessage, socket: Socket, head: Buffer) =>
            this.forward(request, socket, head),
        );
    }

    static async start(): Promise<FakeMesh> {
        const mesh = new FakeMesh();
        await new Promise<void>((resolve) => mesh.server.listen(0, "127.0.0.1", resolve));
        const { port } = mesh.server.address() as AddressInfo;
        const config = {
            clusters: [
                {
                    name: "mesh",
                    cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
                },
            ],
            users: [{ name: "mesh", user: {} }],
            contexts: [{ name: "mesh", context: { cluster: "mesh", user: "mesh" } }],
            "current-context": "mesh",
        };
        fs.writeFileSync(mesh.kubeconfig, JSON.stringify(config));
        return mesh;
    }

    stop(): void {
        this.webSockets.clients.forEach((client) => client.terminate());
        this.server.closeAllConnections();
        this.server.close();
        fs.rmSync(this.folder, { recursive: true });
    }

    /** A pod that runs and is ready, but for what is said otherwise. */
    add(name: string, behaviour: Behaviour, changes: (pod: V1Pod) => void = () => undefined): void {
        const status = { name: "istio-proxy", containerID: `containerd://${name}`, ready: true };
        const pod = {
            metadata: { namespace: "foo", name, uid: `uid-${name}`, labels: {}, annotations: {} },
            spec: {
                nodeName: "node1",
                containers: [
                    { name: "istio-proxy", env: [{ name: "PROXY_CONFIG_XDS_AGENT", value: "true" }] },
                ],
            },
            status: {
                phase: "Running",
                conditions: [{ type: "Ready", status: "True" }],
                containerStatuses: [
                    { ...status, image: "", imageID: "", restartCount: 0, state: { running: {} } },
                ],
            },
        };
        changes(pod);
        this.pods.set(name, { pod, behaviour });
    }

    private answer({ pathname, searchParams }: URL): [number, object] {
        if (pathname === "/api/v1/namespaces") {
            return [200, { items: [] }];
        }
        if (pathname === "/api/v1/nodes" && !this.forbids) {
            const items = this.nodes.map((name): V1Node => {
                const status = this.nodesNotReady.includes(name) ? "Unknown" : "True";
                return { metadata: { name }, status: { conditions: [{ type: "Ready", status }] } };
            });
            return [200, { items }];
        }
        if (pathname === "/api/v1/pods" || pathname === "/api/v1/namespaces/foo/pods") {
            this.limits.push(searchParams.get("limit"));
            const all = [...this.pods.values()].map(({ pod }) => pod);
            const start = Number(searchParams.get("continue") ?? 0);
            const end = start + Number(searchParams.get("limit") ?? Infinity);
            const metadata = end < all.length ? { continue: String(end) } : {};
            return [200, { metadata, items: all.slice(start, end) }];
        }
        const code = this.forbids ? 403 : 404;
        return [code, { kind: "Status", code, message: `${pathname}: ${code}` }];
    }

    private forward(request: http.IncomingMessage, socket: Socket, head: Buffer): void {
        const [, name = ""] = /\/pods\/([^/]+)\/portforward/.exec(request.url!) ?? [];
        const found = this.pods.get(name);
        this.asked.push(name);
        this.onAsked(name);
        this.open.push(name);
        socket.on("close", () => this.open.splice(this.open.indexOf(name), 1));
        socket.on("error", () => undefined);
        if (!found) {
            socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
            return;
        }
        if (found.behaviour === "kubelet hangs") {
            // Reads on, so that it sees the other end go.
            socket.on("end", () => socket.destroy()).resume();
        } else {
            this.webSockets.handleUpgrade(request, socket, head, (client) => {
                for (const channel of [0, 1]) {
                    client.send(Buffer.from([channel, 15000 & 255, 15000 >> 8]));
                }
                client.on("message", () => speak(client, found.behaviour));
            });
        }
    }
}

function speak(client: WebSocket, behaviour: Behaviour): void {
    const say = (channel: number, text: string) =>
        client.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
    const answer = (body: string) =>
        say(0, `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    if (behaviour === "hangs" || behaviour === "kubelet hangs") {
        return;
    }
    if (behaviour === "refuses") {
        return say(1, "dial tcp4 127.0.0.1:15000: connect: connection refused");
    }
    if (behaviour === "babbles") {
        return answer("Hello");
    }
    if (behaviour === "floods") {
        say(0, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        const chunk = "x".repeat(1024 * 1024);
        const flood = () => {
            say(0, `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
            if (client.readyState === WebSocket.OPEN) {
                setImmediate(flood);
            }
        };
        return flood();
    }
    answer(JSON.stringify(dump(behaviour.trusts, behaviour.serves)));
}

/** What Envoy answers to the question for its secrets. */
export function dump(trusts: Made[], serves: Made[]) {
    const pem = (made: Made[]) => made.map(({ certificate }) => certificate.pem).join("");
    const bytes = (made: Made[]) => ({ inline_bytes: Buffer.from(pem(made)).toString("base64") });
    return {
        configs: [
            { name: "default", secret: { tls_certificate: { certificate_chain: bytes(serves) } } },
            { name: "ROOTCA", secret: { validation_context: { trusted_ca: bytes(trusts) } } },
        ],
    };
}

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { typescript } from "../paths";
import type { Cluster } from "./cluster";
import { Daemon } from "./daemon";
import { Node } from "./node";
import { Pki } from "./pki";

/** A cluster's API server as its administrator reaches it from the machine. */
export class ApiServer {
    private readonly agent: https.Agent;

    constructor(private readonly cluster: Cluster) {
        const pki = new Pki(cluster);
        this.agent = new https.Agent({
            keepAlive: true,
            ca: pki.cert("ca"),
            cert: pki.cert("admin"),
            key: pki.key("admin"),
        });
    }

    /** Opens its loopback port unless it is open: the one it had before if that is free. */
    static async open(cluster: Cluster): Promise<void> {
        const forwarder = new Daemon(cluster, "api-forwarder");
        if (forwarder.pid !== undefined) return;
        const listener = createServer();
        const listen = async (port: number) => once(listener.listen(port, "127.0.0.1"), "listening");
        await listen(cluster.apiPort).catch(() => listen(0));
        cluster.apiPort = (listener.address() as AddressInfo).port;
        const script = path.join(__dirname, "forwarder.ts");
        const node = [process.execPath, "--require", typescript, script];
        const child = forwarder.start([...new Node(cluster).enter, ...node], { ipc: true });
        child.send("listen", listener);
        // It closes the channel once it listens, or when it ends.
        await once(child, "disconnect");
        listener.close();
        if (forwarder.pid === undefined) throw new Error(`cluster ${cluster.name}: ${forwarder.lastWords}`);
    }

    /** The answer's body. @throws if it does not answer, or answers with a status other than 2xx */
    async get(path: string): Promise<string> {
        return this.request("GET", path);
    }

    /** Server-side applies an object. */
    async apply(path: string, object: object): Promise<void> {
        await this.request("PATCH", `${path}?fieldManager=istio-plugin-ca&force=true`, object);
    }

    private async request(method: string, path: string, body?: object): Promise<string> {
        const { agent } = this;
        const headers = body && { "Content-Type": "application/apply-patch+yaml" };
        const signal = AbortSignal.timeout(5000);
        const request = https.request(`${this.cluster.apiServer}${path}`, { agent, method, headers, signal });
        request.end(body && JSON.stringify(body));
        const [response] = (await once(request, "response")) as [IncomingMessage];
        const answer = await text(response);
        if (!String(response.statusCode).startsWith("2")) {
            throw new Error(`${method} ${path}: ${response.statusCode} ${answer}`);
        }
        return answer;
    }
}

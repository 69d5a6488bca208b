import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What `npm publish` sends, and `npm install` reads, of a package. */
interface Packument {
    name: string;
    versions: Record<string, { dist: { tarball: string; integrity: string } }>;
    /** Only in what is sent: the packed files, base64. */
    _attachments?: Record<string, { data: string }>;
}

/** A registry for npm on loopback: it keeps what is published, serves it, and leads to another registry for all other packages. */
export class NpmRegistry {
    private readonly packuments = new Map<string, Packument>();
    private readonly tarballs = new Map<string, Buffer>();

    private constructor(
        private readonly server: http.Server,
        private readonly upstream: string,
    ) {}

    /** @param upstream - the registry that has all other packages */
    static async start(upstream: string): Promise<NpmRegistry> {
        const server = http.createServer();
        const registry = new NpmRegistry(server, upstream);
        server.on("request", (request, response) => void registry.answer(request, response));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return registry;
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
    }

    /** The options by which npm uses it, as somebody who may publish; other packages are where they were. */
    get options(): string[] {
        const auth = `--//${new URL(this.url).host}/:_authToken=of-a-test`;
        return ["--registry", this.url, auth, "--replace-registry-host=never"];
    }

    private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
        const path = decodeURIComponent(request.url!.slice(1));
        if (request.method === "PUT") {
            this.publish(JSON.parse(await text(request)) as Packument);
            response.writeHead(201).end("{}");
            return;
        }
        const found = this.tarballs.get(path) ?? this.packuments.get(path);
        if (found === undefined) {
            response.writeHead(302, { location: `${this.upstream.replace(/\/$/, "")}${request.url!}` }).end();
        } else {
            response.end(Buffer.isBuffer(found) ? found : JSON.stringify(found));
        }
    }

    private publish({ _attachments = {}, ...packument }: Packument): void {
        for (const [file, { data }] of Object.entries(_attachments)) {
            this.tarballs.set(`${packument.name}/-/${file}`, Buffer.from(data, "base64"));
        }
        for (const { dist } of Object.values(packument.versions)) {
            dist.tarball = new URL(new URL(dist.tarball).pathname, this.url).href;
        }
        this.packuments.set(packument.name, packument);
    }
}

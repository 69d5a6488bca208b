import * as fs from "node:fs";
import * as http from "node:http";
import { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";

const missing = { kind: "Status", code: 404 };

/** What an API server answers to a user who may not read something. */
export const forbidden = { kind: "Status", code: 403, message: 'User "one" cannot get it' };

/**
 * An API server that has these objects, by their paths, and a kubeconfig that leads to it by context cluster1. A Status among them
 * is an answer with its code.
 *
 * @param objects - undefined: nothing answers at its address
 * @param clock - its own
 */
export async function withApiServer<T>(
    objects: Record<string, object> | undefined,
    run: (kubeconfig: string) => Promise<T>,
    clock = () => new Date(),
): Promise<T> {
    const server = http.createServer(({ url = "" }, response) => {
        const found = { "/api/v1/namespaces": { items: [] }, ...objects }[url.replace(/\?.*/, "")];
        const headers = { "content-type": "application/json", date: clock().toUTCString() };
        const { kind, code } = (found ?? missing) as Partial<typeof missing>;
        response.writeHead(kind === "Status" ? code! : 200, headers);
        response.end(JSON.stringify(found ?? missing));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
    const file = path.join(folder, "config");
    const { port } = server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
    const config = {
        clusters: [{ name: "cluster1", cluster }],
        users: [{ name: "cluster1", user: {} }],
        contexts: [{ name: "cluster1", context: { cluster: "cluster1", user: "cluster1" } }],
    };
    fs.writeFileSync(file, JSON.stringify(config));
    if (!objects) {
        await new Promise((resolve) => server.close(resolve));
    }
    try {
        return await run(file);
    } finally {
        server.closeAllConnections();
        server.close();
        fs.rmSync(folder, { recursive: true });
    }
}

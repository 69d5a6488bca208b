/**
 * Gives each Service of type LoadBalancer an address, as a cloud's controller does. It runs on the node, where kube-proxy
 * leads what comes to such an address to the Service.
 *
 * Arguments: the prefix of the addresses; the files of the API server's CA, of a client's certificate and of its key.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

interface Service {
    metadata: { name: string; namespace: string; uid: string };
    spec: { type: string };
    status: { loadBalancer?: { ingress?: { ip: string }[] } };
}

const [prefix, ...files] = process.argv.slice(2);
const [ca, cert, key] = files.map((file) => readFileSync(file));
const agent = new https.Agent({ keepAlive: true, ca, cert, key });
const addresses = new Map<string, string>();

async function request(method: string, path: string, body?: object): Promise<IncomingMessage> {
    const headers = body && { "Content-Type": "application/merge-patch+json" };
    const sent = https.request(`https://127.0.0.1:6443/api/v1${path}`, { agent, method, headers });
    sent.end(body && JSON.stringify(body));
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
}

/** Follows all Services until the API server ends the answer; it begins with those that exist. */
async function follow(): Promise<void> {
    const response = await request("GET", "/services?watch=1");
    for await (const line of createInterface(response)) {
        const { type, object } = JSON.parse(line) as { type: string; object: Service };
        if (type === "DELETED") {
            addresses.delete(object.metadata.uid);
        } else if (type === "ADDED" || type === "MODIFIED") {
            await provide(object);
        }
    }
}

async function provide({ metadata, spec, status }: Service): Promise<void> {
    const { name, namespace, uid } = metadata;
    const present = status.loadBalancer?.ingress?.[0]?.ip;
    const wanted = spec.type === "LoadBalancer" ? (present ?? addresses.get(uid) ?? free()) : undefined;
    if (wanted) {
        addresses.set(uid, wanted);
    } else {
        addresses.delete(uid);
    }
    if (wanted !== present) {
        const loadBalancer = { ingress: wanted ? [{ ip: wanted }] : null };
        const path = `/namespaces/${namespace}/services/${name}/status`;
        const response = await request("PATCH", path, { status: { loadBalancer } });
        response.resume();
        if (response.statusCode !== 200) {
            throw new Error(`${namespace}/${name} gets no address: HTTP status ${response.statusCode}`);
        }
    }
}

function free(): string | undefined {
    const taken = new Set(addresses.values());
    return Array.from({ length: 254 }, (_, i) => `${prefix}.${i + 1}`).find((each) => !taken.has(each));
}

async function main(): Promise<never> {
    for (;;) {
        addresses.clear();
        await follow().catch((error: Error) => console.error(error.message));
        // The API server starts, or was restarted.
        await setTimeout(500);
    }
}

void main();

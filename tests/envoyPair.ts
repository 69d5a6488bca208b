import { once } from "node:events";
import * as fs from "node:fs";
import { createServer, Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { json } from "node:stream/consumers";
import { execa } from "execa";
import pMap from "p-map";
import pRetry from "p-retry";
import { envoyPart } from "../local/toolchain/envoyPart";
import { ensurePart } from "../local/toolchain/part";
import { freePort } from "./freePort";

/** What a workload's Envoy is given, PEM. */
export interface Workload {
    /** The certificate that it serves, and those after it. */
    chain: string;
    key: string;
    /** The roots that it trusts. */
    root: string;
    /** The CRLs that its peers must not be on. Default: none. */
    crl?: string;
}

/** Why two workloads reject each other; empty if they trust each other. */
export type Meeting = string;

/** How many pairs one Envoy is given at most: with more it starves its own requests for secrets. */
const atOnce = 200;

/** Has real Envoys serve and call each other in mutual TLS, a pair for each workload, and says what became of it. */
export async function meet(workloads: Workload[]): Promise<Meeting[]> {
    const meetings: Meeting[] = [];
    for (let start = 0; start < workloads.length; start += atOnce) {
        meetings.push(...(await meetAtOnce(workloads.slice(start, start + atOnce))));
    }
    return meetings;
}

async function meetAtOnce(workloads: Workload[]): Promise<Meeting[]> {
    const part = envoyPart();
    await ensurePart(part);
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "envoy-pair-"));
    const [tls, http, admin] = [await freePort(), await freePort(), await freePort()];
    const secrets = secretServer(workloads).listen(0, "127.0.0.1");
    await once(secrets, "listening");
    const sds = (secrets.address() as AddressInfo).port;
    fs.writeFileSync(
        path.join(dir, "envoy.json"),
        JSON.stringify(bootstrap(dir, workloads, { tls, http, admin, sds })),
        { mode: 0o600 },
    );
    const args = ["-c", path.join(dir, "envoy.json"), "--concurrency", "2", "--log-level", "warning"];
    const envoy = execa(path.join(part.folder, "envoy"), ["--use-dynamic-base-id", ...args], {
        reject: false,
        all: true,
    });
    try {
        await pRetry(() => ready(admin), { retries: 300, minTimeout: 100, factor: 1 });
        const answers = await pMap(workloads, (_, index) => call(http, index), { concurrency: 8 });
        const refused = serverFaults(path.join(dir, "access.log"));
        return answers.map((answer, index) => (answer === "" ? "" : (refused.get(index) ?? answer)));
    } finally {
        envoy.kill();
        const { all } = await envoy;
        if (process.env["ENVOY_PAIR_LOG"]) {
            fs.writeFileSync(process.env["ENVOY_PAIR_LOG"], all);
        }
        secrets.close();
        fs.rmSync(dir, { recursive: true, force: true });
    }
}

async function ready(admin: number): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${admin}/ready`);
    if (!response.ok) {
        throw new Error(await response.text());
    }
}

/** One request through the client of a pair; what Envoy says if it fails. */
async function call(http: number, index: number): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${http}/${index}`);
    const text = await response.text();
    return response.ok && text === `served ${index}` ? "" : `${response.status} ${text}`;
}

/** Why servers refused their clients, by index: a client learns that its peer has closed, and no more. */
function serverFaults(log: string): Map<number, string> {
    const lines = fs.existsSync(log) ? fs.readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
    return new Map(
        lines
            .map((line) => JSON.parse(line) as { name: string | null; fault: string | null })
            .flatMap(({ name, fault }) => (name && fault ? [[Number(name.slice(1)), fault] as const] : [])),
    );
}

/** Gives Envoy the secrets of each workload, as an agent does: a bad one is refused alone. */
function secretServer(workloads: Workload[]): Server {
    const type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    const inline = (inline_string: string) => ({ inline_string });
    return createServer((request, response) => {
        void json(request).then((asked) => {
            const [name] = (asked as { resource_names: [string] }).resource_names;
            const [kind, index] = name.split("-");
            const { chain, key, root, crl } = workloads[Number(index)]!;
            const secret =
                kind === "roots"
                    ? { validation_context: { trusted_ca: inline(root), ...(crl && { crl: inline(crl) }) } }
                    : { tls_certificate: { certificate_chain: inline(chain), private_key: inline(key) } };
            const resources = [{ "@type": type, name, ...secret }];
            response.end(JSON.stringify({ version_info: "1", resources }));
        });
    });
}

/** Static but for the secrets: a bad one is refused alone. */
function bootstrap(
    dir: string,
    workloads: Workload[],
    { tls, http, admin, sds }: Record<"tls" | "http" | "admin" | "sds", number>,
): unknown {
    const indexes = workloads.map((_, index) => index);
    const secret = (kind: string, index: number) => ({
        name: `${kind}-${index}`,
        sds_config: {
            api_config_source: {
                api_type: "REST",
                transport_api_version: "V3",
                cluster_names: ["sds"],
                refresh_delay: "3600s",
                request_timeout: "5s",
            },
            resource_api_version: "V3",
        },
    });
    const context = (index: number) => ({
        tls_certificate_sds_secret_configs: [secret("certificate", index)],
        validation_context_sds_secret_config: secret("roots", index),
    });
    const endpoint = (cluster: string, port: number) => ({
        cluster_name: cluster,
        endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    });
    const extension = "type.googleapis.com/envoy.extensions";
    const socket = (direction: "Downstream" | "Upstream", typed: object) => ({
        name: "tls",
        typed_config: {
            "@type": `${extension}.transport_sockets.tls.v3.${direction}TlsContext`,
            ...typed,
        },
    });
    const manager = (routes: object[]) => ({
        name: "http",
        typed_config: {
            "@type": `${extension}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: "http",
            http_filters: [
                {
                    name: "router",
                    typed_config: { "@type": `${extension}.filters.http.router.v3.Router` },
                },
            ],
            route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
        },
    });
    const address = (port: number) => ({
        socket_address: { address: "127.0.0.1", port_value: port },
    });
    return {
        node: { id: "pair", cluster: "pair" },
        admin: { address: address(admin) },
        static_resources: {
            listeners: [
                {
                    name: "servers",
                    address: address(tls),
                    listener_filters: [
                        {
                            name: "tls_inspector",
                            typed_config: {
                                "@type": `${extension}.filters.listener.tls_inspector.v3.TlsInspector`,
                            },
                        },
                    ],
                    access_log: [
                        {
                            name: "file",
                            typed_config: {
                                "@type": `${extension}.access_loggers.file.v3.FileAccessLog`,
                                path: path.join(dir, "access.log"),
                                log_format: {
                                    json_format: {
                                        name: "%REQUESTED_SERVER_NAME%",
                                        fault: "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
                                    },
                                },
                            },
                        },
                    ],
                    filter_chains: indexes.map((index) => ({
                        filter_chain_match: { server_names: [`w${index}`] },
                        transport_socket: socket("Downstream", {
                            require_client_certificate: true,
                            common_tls_context: context(index),
                        }),
                        filters: [
                            manager([
                                {
                                    match: { prefix: "/" },
                                    direct_response: {
                                        status: 200,
                                        body: { inline_string: `served ${index}` },
                                    },
                                },
                            ]),
                        ],
                    })),
                },
                {
                    name: "clients",
                    address: address(http),
                    filter_chains: [
                        {
                            filters: [
                                manager(
                                    indexes.map((index) => ({
                                        match: { path: `/${index}` },
                                        route: { cluster: `w${index}`, timeout: "10s" },
                                    })),
                                ),
                            ],
                        },
                    ],
                },
            ],
            clusters: [
                { name: "sds", type: "STATIC", load_assignment: endpoint("sds", sds) },
                ...indexes.map((index) => ({
                    name: `w${index}`,
                    type: "STATIC",
                    load_assignment: endpoint(`w${index}`, tls),
                    transport_socket: socket("Upstream", {
                        sni: `w${index}`,
                        common_tls_context: context(index),
                    }),
                })),
            ],
        },
    };
}

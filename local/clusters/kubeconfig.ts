import { rmSync } from "node:fs";
import { stringify } from "yaml";
import { kubeconfigPath } from "../paths";
import { Cluster } from "./cluster";
import { writeFileAtomically } from "./files";
import { Pki } from "./pki";

/** A kubeconfig's parts for one client of one cluster. */
interface Entry {
    /** Of the context, the cluster and the user. */
    name: string;
    server: string;
    ca: string;
    cert: string;
    key: string;
}

/** Writes the kubeconfig by which a component of the cluster, in its own namespace, talks to the API server. */
export function writeComponentKubeconfig(cluster: Cluster, client: string): void {
    const pki = new Pki(cluster);
    const entry = { ca: pki.cert("ca"), cert: pki.cert(client), key: pki.key(client) };
    writeFileAtomically(
        componentKubeconfig(cluster, client),
        kubeconfig([{ name: cluster.name, server: "https://127.0.0.1:6443", ...entry }]),
    );
}

/** Where {@link writeComponentKubeconfig} writes. */
export function componentKubeconfig(cluster: Cluster, client: string): string {
    return cluster.path("kubeconfig", `${client}.yaml`);
}

/** Writes `.local/kubeconfig`: the administrator's contexts of these clusters, each named as its cluster. */
export function writeMergedKubeconfig(clusters: Cluster[]): void {
    const entries = clusters.flatMap((cluster): Entry[] => {
        const server = cluster.apiServer;
        if (server === undefined) return [];
        const pki = new Pki(cluster);
        return [
            {
                name: cluster.name,
                server,
                ca: pki.cert("ca"),
                cert: pki.cert("admin"),
                key: pki.key("admin"),
            },
        ];
    });
    if (entries.length === 0) rmSync(kubeconfigPath, { force: true });
    else writeFileAtomically(kubeconfigPath, kubeconfig(entries));
}

function kubeconfig(entries: Entry[]): string {
    return stringify(
        {
            apiVersion: "v1",
            kind: "Config",
            clusters: entries.map(({ name, server, ca }) => ({
                name,
                cluster: { server, "certificate-authority-data": base64(ca) },
            })),
            users: entries.map(({ name, cert, key }) => ({
                name,
                user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) },
            })),
            contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
            "current-context": entries[0]?.name,
        },
        { lineWidth: 0 },
    );
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}

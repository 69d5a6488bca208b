import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** A cluster as a kubeconfig knows it. */
export interface ClusterEntry {
    /** The API server's address. */
    server: string;
    /** SHA-256 of the CA that the API server is trusted by, PEM, hex; absent if there is none. */
    caDigest?: string;
}

interface Kubeconfig {
    clusters?: Named<"cluster", KubeconfigCluster>[];
    contexts?: Named<"context", { cluster?: string }>[];
}

type Named<Key extends string, Value> = { name?: string } & { [K in Key]?: Value };

interface KubeconfigCluster {
    server?: string;
    "certificate-authority"?: string;
    "certificate-authority-data"?: string;
}

/** The cluster of a context, without asking it; undefined if the kubeconfig cannot be read or does not have it. */
export function clusterEntry(kubeconfig: string, context: string): ClusterEntry | undefined {
    try {
        const { clusters, contexts } = parse(fs.readFileSync(kubeconfig, "utf8")) as Kubeconfig;
        const name = contexts?.find((each) => each.name === context)?.context?.cluster;
        const cluster = clusters?.find((each) => each.name === name)?.cluster;
        if (cluster?.server === undefined) {
            return undefined;
        }
        const file = cluster["certificate-authority"];
        const ca =
            cluster["certificate-authority-data"] ??
            (file && fs.readFileSync(path.resolve(path.dirname(kubeconfig), file), "base64"));
        const digest = ca && createHash("sha256").update(Buffer.from(ca, "base64")).digest("hex");
        return { server: cluster.server, ...(digest && { caDigest: digest }) };
    } catch {
        return undefined;
    }
}

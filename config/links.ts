import { LinksSettings } from "./meshSettings";
import { ConfigReader, dnsLabel, expandHome } from "./reader";

/** A Service of this name and its prefix `to-` must be a DNS label. */
const longestName = 60;

/** The longest time that a token may live, days: one that is forgotten must not live for ever. */
const longestTokenDays = 365;

/** How the clusters of a mesh are reached, by us and by each other. */
export function readLinks(reader: ConfigReader): LinksSettings {
    const clusters = readMembers(reader);
    const tokenDays = reader.integer("tokenDays", 1) ?? 90;
    if (tokenDays > longestTokenDays) {
        reader.fault("tokenDays", String(tokenDays), `1 to ${longestTokenDays}`, "let tokens expire sooner");
    }
    const apiServers = readPairs(reader, "apiServers", clusters, "cluster1=https://10.1.0.1:6443");
    for (const url of Object.values(apiServers).filter((each) => !isServer(each))) {
        const allowed = "the URL of an API server, as https://10.1.0.1:6443";
        reader.fault("apiServers", url, allowed, "write the address that the other clusters reach");
    }
    return {
        clusters,
        kubeconfig: expandHome(reader.text("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        contexts: readPairs(reader, "contexts", clusters, "cluster1=context"),
        apiServers,
        remoteKubeconfig: readTemplate(reader),
        tokenDays,
        verification: reader.flag("verification", true),
        timeoutSeconds: reader.integer("verificationTimeoutSeconds", 1) ?? 180,
    };
}

/** A template of a kubeconfig, in which every client has the same words but for what is filled in. */
function readTemplate(reader: ConfigReader): string | undefined {
    const template = reader.file("remoteKubeconfig");
    const missing = ["{server}", "{ca}"].filter((each) => template !== undefined && !template.includes(each));
    if (missing.length > 0) {
        const allowed = "a kubeconfig with {server} and {ca}, and with {cluster} for the cluster's name";
        const remedy = "write them in place of the API server's URL and of its certificate-authority-data";
        reader.fault("remoteKubeconfig", `a file without ${missing.join(" and ")}`, allowed, remedy);
    }
    if (template !== undefined && /^\s*(token|password|client-key-data):/m.test(template)) {
        const remedy = "remove remoteKubeconfig, so that each cluster gets a token of its own that expires";
        reader.fault(
            "remoteKubeconfig",
            "a file with a credential",
            "one without: exec or auth-provider",
            remedy,
        );
    }
    return template;
}

function readMembers(reader: ConfigReader): string[] {
    const clusters = reader.list("clusters") ?? [];
    if (clusters.length < 2) {
        const allowed = "the stacks of at least two clusters";
        reader.fault(
            "clusters",
            clusters.join(", ") || undefined,
            allowed,
            "name those that are to be one mesh",
        );
    }
    for (const name of clusters.filter((each) => !dnsLabel.test(each) || each.length > longestName)) {
        const allowed = `DNS labels: at most ${longestName} of a-z, 0-9 and -`;
        reader.fault("clusters", name, allowed, "name the cluster's stack so");
    }
    if (new Set(clusters).size < clusters.length) {
        reader.fault("clusters", clusters.join(", "), "each name once", "remove the repeated one");
    }
    return clusters;
}

/** A list of `cluster=value`, by cluster. */
function readPairs(
    reader: ConfigReader,
    key: string,
    clusters: string[],
    example: string,
): Record<string, string> {
    const pairs = (reader.list(key) ?? []).map((text) => [text, /^([^=]+)=(\S+)$/.exec(text)] as const);
    for (const [text, pair] of pairs) {
        if (!pair || !clusters.includes(pair[1]!)) {
            reader.fault(key, text, `cluster=value of one of clusters, as ${example}`, "correct the entry");
        }
    }
    return Object.fromEntries(pairs.flatMap(([, pair]) => (pair ? [[pair[1]!, pair[2]!]] : [])));
}

function isServer(url: string): boolean {
    return URL.canParse(url) && new URL(url).protocol === "https:" && new URL(url).origin === url;
}

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { binDir, kubeconfigPath, localDir } from "../local/paths";
import { clustersInUse, recentOutcomes } from "./integration/inUse";

/** Where the evidence of failed tests is kept, in a folder for each. */
const folder = path.join(localDir, "tests", "failed");

/**
 * Writes down what is needed to understand why an integration test failed, while its clusters are still there: the error with
 * its details, what Pulumi said last, and of each cluster the pods, events, and logs of istiod and the proxies. No keys.
 *
 * @returns the folder; undefined if the test has no clusters and ran no Pulumi
 */
export function keepEvidence(title: string, error: unknown): string | undefined {
    if (clustersInUse.size === 0 && recentOutcomes.length === 0) {
        return undefined;
    }
    const dir = path.join(folder, slug(title));
    fs.rmSync(dir, { recursive: true, force: true });
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    const write = (name: string, text: string) =>
        fs.writeFileSync(path.join(dir, name), withoutKeys(text), { mode: 0o600 });
    const { stack, details } = error as { stack?: string; details?: string };
    write("error.txt", [title, stack ?? String(error), details ?? ""].join("\n\n"));
    write("pulumi.log", recentOutcomes.join("\n\n"));
    for (const cluster of clustersInUse) {
        for (const [name, text] of Object.entries(clusterEvidence(cluster))) {
            write(`${cluster}-${name}`, text);
        }
    }
    return dir;
}

/** A text in which private keys are masked. */
export function withoutKeys(text: string): string {
    return text.replace(
        /-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs,
        "[a private key]",
    );
}

function clusterEvidence(context: string): Record<string, string> {
    const proxies = kubectl(
        context,
        ...[
            "get",
            "pods",
            "-A",
            "-o",
            "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.spec.containers[*].name}{'\\n'}{end}",
        ],
    )
        .split("\n")
        .filter((line) => line.includes("istio-proxy"))
        .map((line) => line.split(" ")[0]!.split("/"));
    const logs = proxies.map(([namespace, pod]) =>
        [
            `# ${namespace}/${pod}`,
            kubectl(context, "logs", "-n", namespace!, pod!, "-c", "istio-proxy", "--tail=300"),
        ].join("\n"),
    );
    return {
        "pods.txt": kubectl(context, "get", "pods", "-A", "-o", "wide"),
        "events.txt": kubectl(context, "get", "events", "-A", "--sort-by=.lastTimestamp"),
        "istiod.log": kubectl(context, "logs", "-n", "istio-system", "deployment/istiod", "--tail=2000"),
        "proxies.log": logs.join("\n\n"),
    };
}

/** What kubectl prints; its complaint if the API server is away, for instance. */
function kubectl(context: string, ...args: string[]): string {
    const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--request-timeout=10s"];
    const { stdout, stderr, error } = spawnSync(path.join(binDir, "kubectl"), [...where, ...args], {
        encoding: "utf8",
        timeout: 20_000,
        maxBuffer: 64 * 1024 ** 2,
    });
    return stdout || stderr || error?.message || "";
}

function slug(title: string): string {
    return title.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 100);
}

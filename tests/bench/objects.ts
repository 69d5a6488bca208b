import { execa } from "execa";
import pRetry from "p-retry";
import { kubeconfigPath } from "../../local/paths";
import { benchCluster } from "./bench";

/** All objects in the benchmark's cluster, of every kind but events, each as `Kind namespace/name`. */
export function objects(): Promise<Set<string>> {
    // A kind may go while it is listed: the API server takes a moment to forget a CRD.
    return pRetry(listAll, { retries: 10, minTimeout: 1000, factor: 1 });
}

/** What exists now and did not before. */
export async function leftovers(before: Set<string>): Promise<string[]> {
    return [...(await objects())].filter((object) => !before.has(object)).sort();
}

async function listAll(): Promise<Set<string>> {
    const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).split("\n");
    const output = `--output=jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}`;
    const listed = kinds.filter((kind) => !/^(events|componentstatuses)\b/.test(kind)).join(",");
    const all = (await kubectl("get", listed, "--all-namespaces", output)).split("\n");
    // The node's own comes some seconds after the cluster is Ready.
    return new Set(all.filter((object) => object !== `Lease kube-node-lease/${benchCluster}`));
}

async function kubectl(...args: string[]): Promise<string> {
    const context = ["--kubeconfig", kubeconfigPath, "--context", benchCluster];
    return (await execa("kubectl", [...context, ...args])).stdout;
}

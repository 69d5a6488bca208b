import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";
import { benchCluster } from "./bench";

/** All objects in the benchmark's cluster, of every kind but events, each as `Kind namespace/name`. */
export async function objects(): Promise<Set<string>> {
    const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).split("\n");
    const output = `--output=jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}`;
    const listed = kinds.filter((kind) => !/^(events|componentstatuses)\b/.test(kind)).join(",");
    return new Set((await kubectl("get", listed, "--all-namespaces", output)).split("\n"));
}

/** What there is now and was not before. */
export async function leftovers(before: Set<string>): Promise<string[]> {
    return [...(await objects())].filter((object) => !before.has(object)).sort();
}

async function kubectl(...args: string[]): Promise<string> {
    const context = ["--kubeconfig", kubeconfigPath, "--context", benchCluster];
    return (await execa("kubectl", [...context, ...args])).stdout;
}

import { kubectl } from "./fixture";

/** What comes and goes by itself on every cluster. */
const restless = /^(events|leases|endpointslices|nodes|podmetrics|nodemetrics|componentstatuses)(\.|$)/;

/** Every object of a cluster, as `kind namespace/name`, except those that come and go by themselves. */
export async function snapshot(context: string): Promise<string[]> {
    const kinds = (await kubectl(context, "api-resources", "--verbs=list", "--output=name"))
        .split("\n")
        .filter((kind) => !restless.test(kind));
    const columns = "--output=custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
    const objects = await kubectl(
        context,
        "get",
        kinds.join(","),
        "--all-namespaces",
        "--no-headers",
        columns,
    );
    return objects
        .split("\n")
        .map((line) => line.trim().split(/\s+/).join(" "))
        .filter((line) => line.startsWith("Lease ") === false && !line.startsWith("Event "))
        .sort();
}

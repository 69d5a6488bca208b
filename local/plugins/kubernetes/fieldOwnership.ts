import { PropertyMap } from "../provider";
import { isMap } from "../properties";
import { Cluster } from "./cluster";
import { KubernetesObject, ManagedFieldsEntry, pluck } from "./kubernetesObject";
import { PropertyPath } from "./propertyPath";

/** How the managers begin whose fields we take over: those of a plain creation and of kubectl. */
const predecessors = ["before-first-apply", "kubectl", "pulumi-kubernetes", "pulumi-resource-kubernetes"];

/** Whether the provider itself created the object and there was no server-side apply since. */
export function isOwnCreation({ metadata }: KubernetesObject): boolean {
    return (metadata.managedFields ?? []).some(
        (entry) => entry.operation === "Update" && entry.manager?.startsWith("pulumi-"),
    );
}

/**
 * Makes the manager the owner, by server-side apply, of the fields that a plain creation wrote, so
 * that applying is not a conflict and a field that is no longer applied is removed.
 */
export async function adoptFields(cluster: Cluster, live: KubernetesObject, manager: string): Promise<void> {
    const entries = live.metadata.managedFields ?? [];
    if (!entries.some(isPredecessor)) {
        return;
    }
    const isOurs = (entry: ManagedFieldsEntry) => isPredecessor(entry) || isApplied(entry, manager);
    const ours = entries.filter(isOurs);
    const adopted = {
        ...ours[0],
        manager,
        operation: "Apply",
        fieldsV1: ours.map((entry) => entry.fieldsV1 ?? {}).reduce(union),
    };
    await cluster.jsonPatch(live, [
        {
            op: "replace",
            path: "/metadata/managedFields",
            value: [...entries.filter((entry) => !isOurs(entry)), adopted],
        },
        { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
    ]);
}

function isPredecessor({ manager = "", operation, subresource }: ManagedFieldsEntry): boolean {
    const prefix = predecessors.find((start) => manager.startsWith(start));
    return !subresource && prefix !== undefined && (operation === "Update" || prefix === "kubectl");
}

function isApplied(entry: ManagedFieldsEntry, manager: string): boolean {
    return !entry.subresource && entry.manager === manager && entry.operation === "Apply";
}

/**
 * The inputs without effect on the paths that a program ignores: a field of another manager is left out,
 * any other keeps its live value.
 */
export function keepIgnored(
    inputs: KubernetesObject,
    live: KubernetesObject,
    manager: string,
    paths: PropertyPath[],
): KubernetesObject {
    const kept = structuredClone(inputs);
    for (const path of paths.map((steps) => steps.map(String))) {
        const parent = pluck(kept, ...path.slice(0, -1));
        const last = path.at(-1);
        const value = pluck(live, ...path);
        if (!isMap(parent) || last === undefined) {
            continue;
        }
        if (
            isManaged(live, path, (entry) => entry.manager !== manager) &&
            !isManaged(live, path, (e) => e.manager === manager)
        ) {
            delete parent[last];
        } else if (value !== undefined) {
            parent[last] = structuredClone(value);
        }
    }
    return kept;
}

function isManaged(
    { metadata }: KubernetesObject,
    path: string[],
    by: (entry: ManagedFieldsEntry) => boolean,
): boolean {
    const fields = path.map((step) => `f:${step}`);
    return (metadata.managedFields ?? [])
        .filter(by)
        .some((entry) => pluck(entry.fieldsV1, ...fields) !== undefined);
}

function union(left: PropertyMap, right: PropertyMap): PropertyMap {
    const result = { ...left };
    for (const [key, value] of Object.entries(right)) {
        const old = result[key];
        result[key] = isMap(old) && isMap(value) ? union(old, value) : value;
    }
    return result;
}

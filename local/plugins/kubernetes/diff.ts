import { DiffRequest, DiffResponse, PropertyDiff, PropertyMap } from "../provider";
import { isAutonamed } from "./autonaming";
import { isNamespaced } from "./check";
import { plain, readCheckpoint } from "./checkpoint";
import { detailedDiff } from "./detailedDiff";
import { forceNewPaths } from "./forceNew";
import { KubernetesObject, toObject, without } from "./kubernetesObject";
import { mergePatch } from "./mergePatch";
import { normalize } from "./normalize";
import { parsePath, pathContains } from "./propertyPath";
import { pruneTo } from "./prune";
import { Session } from "./session";

/**
 * What differs between the live object in state, as far as the old inputs mention it, and the new inputs.
 */
export async function diff(session: Session, request: DiffRequest): Promise<DiffResponse> {
    const { inputs, live } = readCheckpoint(request.olds);
    const news = normalize(plain(request.news));
    const olds = toObject(pruneTo(live, normalize(inputs)));
    const namespaced = await isNamespaced(session, news);
    const before = comparable(
        { ...olds, metadata: { ...olds.metadata, name: live.metadata.name } },
        namespaced,
    );
    const after = comparable(news, namespaced);
    const differences = detailedDiff(
        mergePatch(before, after),
        before,
        after,
        forceNewPaths(news, session.config),
    );
    const kept = ignore(differences, request.ignoreChanges);
    const replaces = Object.keys(kept).filter((path) => replacesObject(path, kept[path]));
    const changed = Object.keys(kept).length > 0;
    return {
        changes: changed ? "DIFF_SOME" : "DIFF_NONE",
        hasDetailedDiff: true,
        ...(changed && { detailedDiff: kept }),
        ...(replaces.length > 0 && { replaces, deleteBeforeReplace: keepsItsName(news, live) }),
    };
}

/** A namespaced object without a namespace is in `default`; an object of the cluster is in none. */
function comparable(object: KubernetesObject, namespaced: boolean): PropertyMap {
    const { namespace, ...metadata } = without(object.metadata, "resourceVersion");
    return { ...object, metadata: { ...metadata, ...(namespaced && { namespace: namespace || "default" }) } };
}

function ignore(
    differences: Record<string, PropertyDiff>,
    ignoreChanges: string[],
): Record<string, PropertyDiff> {
    const ignored = ignoreChanges.map(parsePath);
    return Object.fromEntries(
        Object.entries(differences).filter(
            ([path]) => !ignored.some((ancestor) => pathContains(ancestor, parsePath(path))),
        ),
    );
}

function replacesObject(path: string, difference: PropertyDiff | undefined): boolean {
    return difference?.kind?.endsWith("_REPLACE") || (path === "metadata" && difference?.kind === "DELETE");
}

/** Whether the replacement would have the name of the object that it replaces, so that this must be deleted first. */
function keepsItsName(news: KubernetesObject, live: KubernetesObject): boolean {
    return (
        !isAutonamed(news) &&
        news.metadata.name === live.metadata.name &&
        (news.metadata.namespace ?? "") === (live.metadata.namespace ?? "")
    );
}

import { isDeepStrictEqual } from "node:util";
import { DiffRequest, DiffResponse, PropertyMap } from "../provider";
import { isUnknown, unwrapSecrets } from "../properties";
import { activeCluster } from "./kubeconfig";

/**
 * What a change of the provider's own configuration means: a replacement when its cluster is another one.
 */
export function diffConfig(request: Pick<DiffRequest, "olds" | "news">): DiffResponse {
    const olds = unwrapSecrets(request.olds);
    const news = unwrapSecrets(request.news);
    const diffs = Object.keys({ ...olds, ...news }).filter((key) => !isDeepStrictEqual(olds[key], news[key]));
    if (diffs.length === 0) {
        return { changes: "DIFF_NONE" };
    }
    return { changes: "DIFF_SOME", ...replaces(olds, news, diffs) };
}

/** `clusterIdentifier`, if a program sets it, decides alone. */
function replaces(
    olds: PropertyMap,
    news: PropertyMap,
    diffs: string[],
): Pick<DiffResponse, "diffs" | "replaces"> {
    const [before, after] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
    if (before !== undefined && after !== undefined) {
        return { diffs, replaces: before === after ? [] : ["clusterIdentifier"] };
    }
    const unknown = clusterKeys.find((key) => isUnknown(news[key]));
    if (unknown) {
        return { diffs: [unknown], replaces: [unknown] };
    }
    const [oldCluster, newCluster] = [activeCluster(olds), activeCluster(news)];
    const moved = oldCluster && newCluster && !isDeepStrictEqual(oldCluster, newCluster);
    return { diffs, replaces: moved ? clusterKeys.filter((key) => diffs.includes(key)) : [] };
}

const clusterKeys = ["kubeconfig", "context", "cluster"];

import * as clusters from "../../local/clusters";
import { freshClusters } from "./fixture";

/** The name of the cluster for programs that use the packed package. */
export const cluster = "pkg1";

let started: Promise<void> | undefined;

/** Starts it, without Istio; once in a run. */
export function packedCluster(): Promise<void> {
    return (started ??= freshClusters([cluster]));
}

// Outside of any suite: once all files of the process have run.
after(() => started && clusters.down([cluster]));

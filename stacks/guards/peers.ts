import * as pulumi from "@pulumi/pulumi";
import type { CaBundle } from "../../pki/caBundle";
import type { Change } from "../change";
import { pluggedBundle } from "../outputs";
import { Refusal } from "../refusal";

/**
 * Clusters of one mesh trust each other if each finds a path from the other's intermediate to a root of its own. A peer that has
 * no CA yet is passed over. Workloads that reject each other already, such as those of a cluster that was away while the root was
 * replaced, are not parted by the change: that is a warning.
 */
export async function peersReject(change: Change): Promise<Refusal | undefined> {
    const { settings, last } = change;
    const plan = await change.plan();
    if (!plan || !("peers" in settings)) {
        return undefined;
    }
    const { cluster } = settings;
    const faults = Object.entries(await change.peers()).map(([peer, files]) => {
        const theirs = pluggedBundle(files);
        const between = (ours: CaBundle) =>
            theirs === undefined
                ? []
                : [
                      ...rejection(`cluster ${cluster}`, ours, `stack ${peer}`, theirs),
                      ...rejection(`stack ${peer}`, theirs, `cluster ${cluster}`, ours),
                  ];
        const found = between(plan.bundle);
        if (found.length > 0 && last.plugged && between(last.plugged).length >= found.length) {
            void pulumi.log.warn(found.join("\n"));
            return [];
        }
        return found;
    });
    return faults.flat().length === 0
        ? undefined
        : {
              id: "peers-reject",
              found: faults.flat().join("\n    "),
              remedy: "Give all clusters of the mesh a trust bundle with the roots of all, or remove the stack from the setting peers.",
          };
}

function rejection(one: string, bundle: CaBundle, other: string, theirs: CaBundle): string[] {
    const fault = bundle.faultUnder(theirs.roots);
    return fault === undefined ? [] : [`The workloads of ${other} would reject those of ${one}: ${fault}.`];
}

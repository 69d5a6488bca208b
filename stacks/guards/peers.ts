import * as pulumi from "@pulumi/pulumi";
import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "../../pki/bundle";
import { CaCertificate } from "../../pki/caCertificate";
import { verificationFault } from "../../pki/chainVerification";
import type { Change } from "../change";
import { ClusterOutputs, stackOutputs } from "../outputs";
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
    const { cluster, peers } = settings;
    const faults = await Promise.all(
        peers.map(async (peer) => {
            const theirs = await stackOutputs<ClusterOutputs>(peer)("files");
            const between = (ours: PublicFiles) =>
                theirs === undefined
                    ? []
                    : [
                          ...rejection(`cluster ${cluster}`, ours, `stack ${peer}`, theirs),
                          ...rejection(`stack ${peer}`, theirs, `cluster ${cluster}`, ours),
                      ];
            const found = between(plan.files);
            if (found.length > 0 && last.files && between(last.files).length >= found.length) {
                void pulumi.log.warn(found.join("\n"));
                return [];
            }
            return found;
        }),
    );
    return faults.flat().length === 0
        ? undefined
        : {
              id: "peers-reject",
              found: faults.flat().join("\n    "),
              remedy: "Give all clusters of the mesh a trust bundle with the roots of all, or remove the stack from the setting peers.",
          };
}

function rejection(one: string, files: PublicFiles, other: string, theirs: PublicFiles): string[] {
    const [ca] = CaCertificate.all(files[caCertFile]);
    const roots = CaCertificate.all(theirs[rootCertFile]);
    const fault = ca && verificationFault(ca, roots, CaCertificate.all(files[certChainFile]), new Date());
    return fault === undefined ? [] : [`The workloads of ${other} would reject those of ${one}: ${fault}.`];
}

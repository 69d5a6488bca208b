import * as pulumi from "@pulumi/pulumi";
import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import { verificationFault } from "../pki/chainVerification";
import { ClusterOutputs, stackOutputs } from "./outputs";

/**
 * Clusters of one mesh trust each other where each finds a way from the other's intermediate to a root of its own.
 *
 * @param peers - the stacks of the other clusters; one that has no CA yet is passed over
 * @param live - what is plugged in: workloads that refuse each other already, as those of a cluster that was away while the root
 *   was replaced, are not parted by what is to come
 * @throws pulumi.RunError naming every cluster whose workloads and these would refuse each other.
 */
export async function refuseForeignPeers(
    cluster: string,
    files: PublicFiles,
    peers: string[],
    live?: PublicFiles,
): Promise<void> {
    const faults = await Promise.all(
        peers.map(async (peer) => {
            const theirs = await stackOutputs<ClusterOutputs>(peer)("files");
            const between = (ours: PublicFiles) =>
                theirs === undefined
                    ? []
                    : [
                          ...refusal(`cluster ${cluster}`, ours, `stack ${peer}`, theirs),
                          ...refusal(`stack ${peer}`, theirs, `cluster ${cluster}`, ours),
                      ];
            const found = between(files);
            if (found.length > 0 && live && between(live).length >= found.length) {
                void pulumi.log.warn(found.join("\n"));
                return [];
            }
            return found;
        }),
    );
    if (faults.flat().length > 0) {
        const remedy =
            "Give all clusters of the mesh a trust bundle with the roots of all, or take the stack out of the setting peers.";
        throw new pulumi.RunError([...faults.flat(), `Nothing was changed. ${remedy}`].join("\n"));
    }
}

function refusal(one: string, files: PublicFiles, other: string, theirs: PublicFiles): string[] {
    const [ca] = CaCertificate.all(files[caCertFile]);
    const roots = CaCertificate.all(theirs[rootCertFile]);
    const fault = ca && verificationFault(ca, roots, CaCertificate.all(files[certChainFile]), new Date());
    return fault === undefined ? [] : [`The workloads of ${other} would refuse those of ${one}: ${fault}.`];
}

import { digestOf } from "../config/digest";
import type { ClusterSettings, RootSettings } from "../config/settings";
import type { PublicFiles } from "../pki/caFiles";
import { unknownRoots } from "./guards/knownRoots";
import { programVersion } from "./programVersion";
import { LastRoots, OutputsOfCluster, settledOf } from "./rootChange";
import type { Offer } from "./signer";

/*
 * The digests of what an `up` depends on: a stack whose last `up` settled with the same digest has nothing to do, apart from what
 * the clock, its state and its cluster say (`operations/upToDate`). All of it is public.
 */

/** What the `up` of a cluster depends on: its settings, what its signer has signed, what peers have, and the program. */
export function clusterInputs(
    { digest }: ClusterSettings,
    offer: Offer,
    peers: Record<string, PublicFiles | undefined>,
): string | undefined {
    return digest && digestOf({ program: programVersion(), settings: digest, offer, peers });
}

/**
 * What the `up` of stack root depends on: its settings, what clusters ask, and the program. What they have plugged in matters if
 * there are CRLs, and if they trust a root that this stack does not know; what was issued, if something is revoked.
 *
 * @param own - this stack's outputs, as its program reads them
 */
export function rootInputs(
    { digest, crls, revoked }: RootSettings,
    clusters: Record<string, OutputsOfCluster>,
    own: LastRoots,
): string | undefined {
    const asked = Object.entries(clusters).map(([cluster, outputs]) => {
        const { csr, files, crls: lists } = outputs;
        return [cluster, crls ? { csr, files, crls: lists } : { csr }];
    });
    return (
        digest &&
        digestOf({
            program: programVersion(),
            settings: digest,
            asked: Object.fromEntries(asked) as object,
            unknown: unknownRoots(own, settledOf(clusters)),
            ...(revoked.length > 0 && { issued: Object.keys(own.issued ?? {}).sort() }),
        })
    );
}

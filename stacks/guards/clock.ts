import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAccess } from "../../config/meshSettings";
import type { CaBundle } from "../../pki/caBundle";
import type { Change } from "../change";
import { Refusal } from "../refusal";

/** The longest that the cluster's clock is waited for, milliseconds. */
const longestWaitMs = 120_000;

const pauseMs = 500;

/** What does not change is not judged, nor is anything at preview: until the `up`, time passes. */
export async function notValidYet(change: Change): Promise<Refusal | undefined> {
    const { mesh } = change.settings;
    const plan = await change.plan();
    return mesh && plan && !pulumi.runtime.isDryRun() && (await change.changesFiles())
        ? awaitValidity(plan.bundle, mesh.access)
        : undefined;
}

/**
 * Waits until all that is to be plugged in is valid by the cluster's clock. The clock of whoever signed it may be ahead, and istiod
 * drops a certificate that is not valid yet, Envoy every peer below a CA whose CRL is not.
 *
 * @returns why the `up` is refused, with both times, if that takes longer than the limit
 */
export async function awaitValidity(
    bundle: CaBundle,
    { kubeconfig, context }: ClusterAccess,
    limitMs = longestWaitMs,
): Promise<Refusal | undefined> {
    const { Cluster } = await import("../../kube/cluster.ts");
    const cluster = await Cluster.connect(kubeconfig, context).catch(() => undefined);
    const { what, from } = lastToBegin(bundle);
    const deadline = Date.now() + limitMs;
    for (;;) {
        const time = await cluster?.time();
        const early = time && from.getTime() - time.getTime();
        if (early === undefined || early <= 0) {
            return undefined;
        }
        if (Date.now() + early > deadline) {
            return {
                id: "not-valid-yet",
                found: `${what} is valid from ${from.toISOString()}, but by the clock of the API server of context ${context} it is ${time!.toISOString()}: istiod would drop it. The clock of the machine that signed it is ahead of the cluster's.`,
                remedy: `Set the clock that is wrong, and run this again when it is ${from.toISOString()} by the cluster's clock.`,
            };
        }
        await delay(pauseMs);
    }
}

/** The part of a bundle that is the last to become valid, in words. */
function lastToBegin({ certificates, crls = [] }: CaBundle): { what: string; from: Date } {
    const all = [
        ...certificates.map(({ name, notBefore }) => ({ what: `The certificate ${name}`, from: notBefore })),
        ...crls.map(({ issuer, thisUpdate }) => ({
            what: `The CRL of ${issuer}`,
            from: thisUpdate,
        })),
    ];
    return all.reduce((one, other) => (other.from > one.from ? other : one));
}

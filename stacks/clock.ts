import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAccess } from "../config/settings";
import { caCrlFile, PublicFiles } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import { Crl } from "../pki/crl";

/** The longest that the cluster's clock is waited for, milliseconds. */
const longestWaitMs = 120_000;

const pauseMs = 500;

/**
 * Waits until all that is to be plugged in is valid by the cluster's clock. Whoever signed it may have a clock that is ahead, and
 * istiod drops a certificate that is not valid yet, Envoy every peer below a CA whose list is not.
 *
 * @throws pulumi.RunError with both times where that takes too long.
 */
export async function awaitValidity(
    files: PublicFiles,
    { kubeconfig, context }: ClusterAccess,
    limitMs = longestWaitMs,
): Promise<void> {
    if (pulumi.runtime.isDryRun()) {
        return;
    }
    const { Cluster } = await import("../kube/cluster.ts");
    const cluster = await Cluster.connect(kubeconfig, context).catch(() => undefined);
    const { what, from } = lastToBegin(files);
    const deadline = Date.now() + limitMs;
    for (;;) {
        const time = await cluster?.time();
        const early = time && from.getTime() - time.getTime();
        if (early === undefined || early <= 0) {
            return;
        }
        if (Date.now() + early > deadline) {
            throw new pulumi.RunError(
                `${what} is valid from ${from.toISOString()}, but by the clock of the API server of context ${context} it is ${time!.toISOString()}: istiod would drop it. Nothing was changed. The clock of the machine that signed it is ahead of the cluster's. Set the one that is wrong, and run this again when it is ${from.toISOString()} by the cluster's clock.`,
            );
        }
        await delay(pauseMs);
    }
}

/** What of the files is the last to become valid, in words. */
function lastToBegin(files: PublicFiles): { what: string; from: Date } {
    const certificates = Object.values(files).flatMap((text) => CaCertificate.all(text));
    const all = [
        ...certificates.map(({ name, notBefore }) => ({ what: `The certificate ${name}`, from: notBefore })),
        ...Crl.all(files[caCrlFile] ?? "").map(({ issuer, thisUpdate }) => ({
            what: `The list of revoked certificates of ${issuer}`,
            from: thisUpdate,
        })),
    ];
    return all.reduce((one, other) => (other.from > one.from ? other : one));
}

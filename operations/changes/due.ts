import type { ClusterSettings, RootSettings } from "../../config/settings";
import { Certificate } from "../../pki/certificate";
import { nearExpiry } from "../../stacks/guards/expiry";
import type { RawOutputs } from "./stackState";

/**
 * Why the clock alone gives an `up` something to do, or has it refused: a renewal is due, or something is near its expiry or has
 * expired.
 *
 * @param since - when the last `up` was
 */
export function due(
    settings: RootSettings | ClusterSettings,
    outputs: RawOutputs,
    since: number,
    now = Date.now(),
): string | undefined {
    return settings.role === "root"
        ? dueOfRoot(settings, outputs, since, now)
        : dueOfCluster(settings, outputs, now);
}

function dueOfRoot(
    { expiryGuardDays }: RootSettings,
    { roots = {}, certificates = {}, issued = {} }: RawOutputs,
    since: number,
    now: number,
): string | undefined {
    const passed = (time: string | undefined) => time !== undefined && Date.parse(time) <= now;
    const renewed = Object.keys(certificates).filter((cluster) => passed(certificates[cluster]!.renewFrom));
    if (renewed.length > 0) {
        return `the certificate of ${renewed.join(", ")} is due to be renewed`;
    }
    const expiring = Object.keys(roots).filter((name) =>
        isNear(roots[name]!, undefined, expiryGuardDays, now),
    );
    if (expiring.length > 0) {
        return `root ${expiring.join(", ")} expires soon`;
    }
    // What was issued and has expired leaves the outputs, and the CRLs.
    const expired = Object.values(issued).some(
        ({ notAfter }) => passed(notAfter) && Date.parse(notAfter) > since,
    );
    return expired ? "a certificate that it has issued has expired" : undefined;
}

function dueOfCluster(
    { expiryGuardDays }: ClusterSettings,
    { ca, files }: RawOutputs,
    now: number,
): string | undefined {
    if (!ca || !files) {
        return "no CA is plugged in";
    }
    if (ca.renewFrom !== undefined && Date.parse(ca.renewFrom) <= now) {
        return "its certificate is due to be renewed";
    }
    const all = Certificate.all(Object.values(files).join(""));
    return all.some(({ facts }) =>
        isNear(facts, facts.fingerprint === ca.fingerprint ? ca.renewFrom : undefined, expiryGuardDays, now),
    )
        ? "a certificate that is plugged in expires soon"
        : undefined;
}

/** One that has expired is near its expiry, also if no guard refuses it. */
function isNear(
    { notBefore, notAfter }: { notBefore: string; notAfter: string },
    renewFrom: string | undefined,
    days: number,
    now: number,
): boolean {
    const expiring = { what: "", remedy: "", notBefore, notAfter, renewFrom };
    return Date.parse(notAfter) <= now || nearExpiry(expiring, days, new Date(now)) !== undefined;
}

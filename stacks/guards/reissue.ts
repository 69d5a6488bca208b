import { Certificate } from "../../pki/certificate";
import { renewalWindowHours } from "../../pki/profile";
import type { Change } from "../change";
import { SignedCertificate } from "../outputs";
import { Refusal } from "../refusal";

/**
 * Two workload lifetimes must fit into the time in which an intermediate is renewed: the slowest workloads must have picked up the
 * renewed one long before the previous one expires.
 */
export async function reissueTooSlow(change: Change): Promise<Refusal | undefined> {
    const minutes = change.settings.mesh?.istio.reissueMinutes;
    return minutes === undefined ? undefined : longReissue(minutes, await renewalWindow(change));
}

/** @param windowHours - how long before it expires an intermediate is renewed; undefined if nobody is known to renew it */
export function longReissue(reissueMinutes: number, windowHours: number | undefined): Refusal | undefined {
    const hours = reissueMinutes / 60;
    return windowHours === undefined || 4 * hours <= windowHours
        ? undefined
        : {
              id: "reissue-too-slow",
              found: `The setting reissueWithin gives workloads ${hours} hours to pick up a renewed intermediate, so certificates of ${2 * hours} hours, but the intermediate is renewed only ${windowHours} hours before it expires.`,
              remedy: `Set reissueWithin to ${Math.floor(windowHours * 15)}m at most, or renewalWindowDays, in the stack that signs the intermediate, to ${Math.ceil(hours / 6)} at least.`,
          };
}

/** How many hours before it expires a certificate is renewed; undefined if nobody is known to renew it. */
export function renewalWindowOf({ pem, renewFrom }: SignedCertificate): number | undefined {
    const [certificate] = Certificate.all(pem);
    return renewFrom && certificate
        ? (certificate.notAfter.getTime() - Date.parse(renewFrom)) / 3_600_000
        : undefined;
}

async function renewalWindow({ settings, signed }: Change): Promise<number | undefined> {
    if (settings.role === "standalone") {
        const { profile } = settings;
        return renewalWindowHours(profile, profile.intermediateValidityDays * 24) || undefined;
    }
    const found = await signed();
    return found && renewalWindowOf(found.certificate);
}

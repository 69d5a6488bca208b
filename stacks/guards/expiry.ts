import { CertificateFacts } from "../../pki/certificate";
import { Refusal } from "../refusal";

const day = 86_400_000;

/** A certificate that must be renewed before it expires, and who takes care of that. */
export interface Expiring extends Pick<CertificateFacts, "notBefore" | "notAfter"> {
    /** Whose certificate it is, in words. */
    what: string;
    /** From when the remedy renews it, ISO 8601; undefined if it does at any time. */
    renewFrom?: string | undefined;
    /** What to do, as a sentence. */
    remedy: string;
}

/** A change that may leave a CA to expire. */
export interface MayExpire {
    /** The CA that nothing is about to replace; undefined if there is none. */
    expiring?: Expiring | undefined;
    /** How many days before it expires an `up` is refused; 0: never. */
    expiryGuardDays: number;
}

/** A CA expires soon, and whoever should have renewed it did not: otherwise nobody would notice. */
export function caExpiresSoon({ expiring, expiryGuardDays }: MayExpire): Refusal | undefined {
    return expiring && nearExpiry(expiring, expiryGuardDays);
}

/**
 * A third of a short validity counts as soon too. Before `renewFrom` the remedy would change nothing, so nothing is refused.
 *
 * @param days - how soon is too soon; 0 turns this off
 */
export function nearExpiry(
    { what, notBefore, notAfter, renewFrom, remedy }: Expiring,
    days: number,
    now = new Date(),
): Refusal | undefined {
    const validity = Date.parse(notAfter) - Date.parse(notBefore);
    const left = Date.parse(notAfter) - now.getTime();
    const renewable = renewFrom === undefined || Date.parse(renewFrom) <= now.getTime();
    const soon = days > 0 && renewable && left < Math.min(days * day, validity / 3);
    if (!soon) {
        return undefined;
    }
    const expires =
        left > 0 ? `expires ${notAfter}, in ${Math.floor(left / day)} days` : `expired ${notAfter}`;
    return {
        id: "ca-expires-soon",
        found: `The certificate of ${what} ${expires}, and nothing is about to take its place.`,
        remedy: `${remedy} Setting expiryGuardDays to 0 lets this pass.`,
    };
}

import * as pulumi from "@pulumi/pulumi";
import { CertificateFacts } from "../pki/certificates";

const day = 86_400_000;

/** A certificate that must not come near its end, and who takes care of that. */
export interface Expiring extends Pick<CertificateFacts, "notBefore" | "notAfter"> {
    /** Whose certificate it is, in words. */
    what: string;
    /** From when on the remedy renews it, ISO 8601; undefined where it does at any time. */
    renewFrom?: string | undefined;
    /** What to do, as a sentence. */
    remedy: string;
}

/**
 * Refuses to go on where a certificate expires soon and whoever should have renewed it did not. A third of a short validity
 * counts as soon too. Before `renewFrom` the remedy would change nothing, so nothing is refused.
 *
 * @param days - how soon is too soon; 0 turns this off
 * @throws pulumi.RunError with the expiry and what to do.
 */
export function refuseNearExpiry(
    { what, notBefore, notAfter, renewFrom, remedy }: Expiring,
    days: number,
    now = new Date(),
): void {
    const validity = Date.parse(notAfter) - Date.parse(notBefore);
    const left = Date.parse(notAfter) - now.getTime();
    const renewable = renewFrom === undefined || Date.parse(renewFrom) <= now.getTime();
    if (days > 0 && renewable && left < Math.min(days * day, validity / 3)) {
        const end =
            left > 0 ? `expires ${notAfter}, in ${Math.floor(left / day)} days` : `expired ${notAfter}`;
        throw new pulumi.RunError(
            `The certificate of ${what} ${end}, and nothing is about to take its place. Nothing was changed. ${remedy} Setting expiryGuardDays to 0 lets this pass.`,
        );
    }
}

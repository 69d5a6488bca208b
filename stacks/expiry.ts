import * as pulumi from "@pulumi/pulumi";
import { CertificateFacts } from "../pki/certificates";

const day = 86_400_000;

/**
 * An end that comes near means that whoever should have renewed did not: a third of a short validity counts as near too,
 * which is after its renewal was due.
 *
 * @param what - whose certificate it is, in words
 * @param days - how near is too near; 0 turns this off
 * @throws pulumi.RunError naming the end and what to do.
 */
export function refuseNearEnd(
    what: string,
    { notBefore, notAfter }: Pick<CertificateFacts, "notBefore" | "notAfter">,
    days: number,
    remedy: string,
    now = new Date(),
): void {
    const validity = Date.parse(notAfter) - Date.parse(notBefore);
    const left = Date.parse(notAfter) - now.getTime();
    if (left < Math.min(days * day, validity / 3)) {
        const end =
            left > 0 ? `ends ${notAfter}, in ${Math.floor(left / day)} days` : `has ended, ${notAfter}`;
        throw new pulumi.RunError(
            `The certificate of ${what} ${end}, and nothing is about to take its place. Nothing was changed. ${remedy} Setting expiryGuardDays to 0 lets this pass.`,
        );
    }
}

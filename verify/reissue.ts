import { Certificate } from "../pki/certificate";
import { ExpectedCa } from "./expectedCa";
import { findLeaf } from "./leaf";

/** How far Istio's CA backdates a certificate (istio security/pkg/pki/util/generate_cert.go). */
export const clockSkewGracePeriodMs = 2 * 60_000;

/** For a request, and for a clock that is not ours. */
const toleranceMs = 60_000;

/**
 * The CA to compare a served chain with: the expected one; or, while its proxy need not have asked again, the one that this one
 * replaced: with the same name, signed by the same CA.
 */
export function judgingCa(served: Certificate[], expected: ExpectedCa, now = new Date()): ExpectedCa {
    const { caCert, roots, reissue } = expected;
    const leaf = findLeaf(served);
    const issuer = leaf && served.find((each) => leaf.issuedBy(each));
    if (!reissue || !leaf || !issuer || issuer.equals(caCert) || issuer.subject !== caCert.subject) {
        return expected;
    }
    const signers = [...served, ...roots].filter((each) => caCert.issuedBy(each));
    const made = leaf.notBefore.getTime();
    const inTime =
        made <= reissue.since.getTime() &&
        now.getTime() - made - clockSkewGracePeriodMs <= reissue.minutes * 60_000 + toleranceMs;
    return inTime && signers.some((each) => issuer.issuedBy(each))
        ? { ...expected, caCert: issuer }
        : expected;
}

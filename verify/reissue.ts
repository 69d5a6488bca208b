import { X509Certificate } from "node:crypto";
import { equal, findLeaf, issuedBy } from "../pki/certificatePath";
import type { ExpectedCa } from "./chain";

/** While proxies ask for their next certificates at their own time. */
export interface Reissue {
    /** How long that takes: no leaf is kept longer. */
    minutes: number;
    /** When istiod began to sign with the CA that is expected, by its own certificate, which it makes with it. */
    since: Date;
}

/** Istio's CA dates a certificate back by so much (istio security/pkg/pki/util/generate_cert.go). */
export const clockSkewGracePeriodMs = 2 * 60_000;

/** For a request, and for a clock that is not ours. */
const toleranceMs = 60_000;

/**
 * The CA to hold a served chain to: the expected one; or, as long as its proxy need not have asked again, the one that
 * this one took the place of: with the same name, signed by the same CA.
 */
export function judgingCa(served: X509Certificate[], expected: ExpectedCa, now = new Date()): ExpectedCa {
    const { caCert, roots, reissue } = expected;
    const leaf = findLeaf(served);
    const issuer = leaf && served.find((each) => issuedBy(leaf, each));
    if (!reissue || !leaf || !issuer || equal(issuer, caCert) || issuer.subject !== caCert.subject) {
        return expected;
    }
    const signers = [...served, ...roots].filter((each) => issuedBy(caCert, each));
    const made = leaf.validFromDate.getTime();
    const inTime =
        made <= reissue.since.getTime() &&
        now.getTime() - made - clockSkewGracePeriodMs <= reissue.minutes * 60_000 + toleranceMs;
    return inTime && signers.some((each) => issuedBy(issuer, each))
        ? { ...expected, caCert: issuer }
        : expected;
}

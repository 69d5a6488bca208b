import { X509Certificate } from "node:crypto";
import { fingerprint } from "./certificates";
import { certificateNames } from "./der";

/** The one certificate of a served chain that is no CA. */
export function findLeaf(served: X509Certificate[]): X509Certificate | undefined {
    const leaves = new Map(served.filter((each) => !each.ca).map((each) => [fingerprint(each), each]));
    return leaves.size === 1 ? [...leaves.values()][0] : undefined;
}

/** From a certificate to its issuer and on, as far as the candidates lead; ends at the self-signed one. */
export function issuerPath(leaf: X509Certificate, candidates: X509Certificate[]): X509Certificate[] {
    const path = [leaf];
    for (let last = leaf; !issuedBy(last, last);) {
        const issuer = candidates.find((each) => !path.includes(each) && issuedBy(last, each));
        if (!issuer) {
            break;
        }
        path.push(issuer);
        last = issuer;
    }
    return path;
}

/**
 * Whether a CA issued a certificate: by names and, where both have them, key identifiers; then by the signature. OpenSSL takes names
 * for equal whose text is; Envoy and istiod compare their bytes.
 */
export function issuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    const names = certificateNames(certificate.raw).issuer.equals(certificateNames(issuer.raw).subject);
    return issuer.ca && names && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The first eight bytes of the fingerprint: enough for people to compare. */
export function short(certificate: X509Certificate): string {
    return shorten(fingerprint(certificate));
}

/** The first eight bytes of a fingerprint. */
export function shorten(fingerprint: string): string {
    return fingerprint.slice(0, 23);
}

/** Whether two lists hold the same certificates, in whatever order and however often. */
export function sameCertificates(some: X509Certificate[], others: X509Certificate[]): boolean {
    const within = (list: X509Certificate[]) => (each: X509Certificate) =>
        list.some((other) => equal(each, other));
    return some.every(within(others)) && others.every(within(some));
}

/** Whether two certificates are the same, by their DER. */
export function equal(one: X509Certificate, other: X509Certificate): boolean {
    return one.raw.equals(other.raw);
}

import { X509Certificate } from "node:crypto";
import { inPool, pemBlocks } from "./pem";

/** What people compare of a certificate. Dates are ISO 8601. */
export interface CertificateFacts {
    /** Its subject, on one line. */
    subject: string;
    /** The subject of who signed it, on one line. */
    issuer: string;
    /** Its serial number, lower-case hex. */
    serial: string;
    /** SHA-256 of the DER, lower-case hex with colons. */
    fingerprint: string;
    /** When its validity begins. */
    notBefore: string;
    /** When its validity ends. */
    notAfter: string;
}

/**
 * Every certificate of a PEM text, in its order; other blocks and text between them are ignored as RFC 7468 allows.
 *
 * @throws Error if a block says that it is a certificate and is none.
 */
export function parseCertificates(pem: string): X509Certificate[] {
    return pemBlocks(pem)
        .filter(inPool)
        .map(({ der }) => new X509Certificate(der));
}

/** SHA-256 of the certificate's DER, lower-case hex with colons. */
export function fingerprint(certificate: X509Certificate): string {
    return certificate.fingerprint256.toLowerCase();
}

/** What people compare of a certificate. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
    return {
        subject: oneLine(certificate.subject),
        issuer: oneLine(certificate.issuer),
        serial: certificate.serialNumber.toLowerCase(),
        fingerprint: fingerprint(certificate),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter: certificate.validToDate.toISOString(),
    };
}

/** A name as text. A workload certificate has none: its identity is the SAN. */
function oneLine(name: string | undefined): string {
    return name?.replaceAll("\n", ", ") ?? "";
}

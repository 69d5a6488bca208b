import { X509Certificate } from "node:crypto";
import { Certificate, CertificateFacts } from "./certificate";

export type { CertificateFacts } from "./certificate";

export function parseCertificates(pem: string): X509Certificate[] {
    return Certificate.strictly(pem).map(({ node }) => node);
}

export function fingerprint(certificate: X509Certificate): string {
    return new Certificate(certificate.raw).fingerprint;
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
    return new Certificate(certificate.raw).facts;
}

import { pemBlocks } from "./pem";
import {
    Name,
    Pkcs10CertificateRequest,
    PublicKey,
    SubjectKeyIdentifierExtension,
    X509Certificate,
} from "./x509";

/** A CA as what it signs names it. */
export interface Issuer {
    /** As @peculiar/x509 writes names. */
    subject: string;
    /** Subject key identifier, hex. */
    keyId: string;
}

/** A CA by its certificate or its request for one, PEM. */
export async function issuerOf(pem: string): Promise<Issuer & { name: Name; publicKey: PublicKey }> {
    const {
        subject,
        subjectName: name,
        publicKey,
        extensions,
    } = pemBlocks(pem)[0]?.type === "CERTIFICATE"
        ? new X509Certificate(pem)
        : new Pkcs10CertificateRequest(pem);
    // Whoever made it chose how a key is named; what signs for us, @pulumi/tls or signIntermediate, takes its SHA-1
    // (RFC 5280, 4.2.1.2) as this does.
    const { keyId } =
        extensions.find((each) => each instanceof SubjectKeyIdentifierExtension) ??
        (await SubjectKeyIdentifierExtension.create(publicKey));
    return { subject, keyId, name, publicKey };
}

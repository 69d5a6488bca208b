import { certificateNames, requestName } from "./der";
import { firstBlock } from "./pem";
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
    /** The same, as DER. */
    subjectDer: Buffer;
    /** Subject key identifier, hex. */
    keyId: string;
}

/** A CA by its certificate or its request for one, PEM. @throws Error if it is neither. */
export async function issuerOf(pem: string): Promise<Issuer & { name: Name; publicKey: PublicKey }> {
    const { type, der = Buffer.alloc(0) } = firstBlock(pem) ?? {};
    const bytes = new Uint8Array(der);
    const {
        subject,
        subjectName: name,
        publicKey,
        extensions,
    } = type === "CERTIFICATE" ? new X509Certificate(bytes) : new Pkcs10CertificateRequest(bytes);
    const subjectDer = type === "CERTIFICATE" ? certificateNames(der).subject : requestName(der);
    // Whoever made it chose how a key is named; what signs for us, the tls provider or signIntermediate, takes its SHA-1
    // (RFC 5280, 4.2.1.2) as this does.
    const { keyId } =
        extensions.find((each) => each instanceof SubjectKeyIdentifierExtension) ??
        (await SubjectKeyIdentifierExtension.create(publicKey));
    return { subject, subjectDer, keyId, name, publicKey };
}

import { createHash, createPublicKey, KeyObject } from "node:crypto";
import { content, elements, publicKeyInfo, requestName, tags } from "./der";
import { nameText } from "./distinguishedName";
import { CaCertificate } from "./caCertificate";
import { firstBlock } from "./pem";

/** A CA as what it signs names it. */
export interface Issuer {
    /** On one line, for people. */
    subject: string;
    /** The same, as DER. */
    subjectDer: Buffer;
    /** Subject key identifier, hex. */
    keyId: string;
}

/** A CA by its certificate or its request for one, PEM. @throws Error if it is neither. */
export function issuerOf(pem: string): Issuer & { publicKey: KeyObject } {
    const { type, der = Buffer.alloc(0) } = firstBlock(pem) ?? {};
    const certificate = type === "CERTIFICATE" ? new CaCertificate(der) : undefined;
    const subjectDer = certificate?.subjectDer ?? requestName(der);
    const key = publicKeyInfo(der, certificate ? "certificate" : "request");
    return {
        subject: nameText(subjectDer),
        subjectDer,
        keyId: certificate?.extensions.subjectKeyId ?? keyIdOf(key),
        publicKey: createPublicKey({ key, format: "der", type: "spki" }),
    };
}

/**
 * Whoever made a certificate chose how its key is named; if it is not, what signs for us, the tls provider or signIntermediate, takes the
 * SHA-1 of the key's bits (RFC 5280, 4.2.1.2), as this does.
 */
function keyIdOf(key: Buffer): string {
    const [, ...bits] = content(elements(key)[1]!, tags.bitString);
    return createHash("sha1").update(Buffer.from(bits)).digest("hex");
}

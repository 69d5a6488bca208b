import { webcrypto } from "node:crypto";
import { Certificate } from "../../../pki/certificate";
import * as x509 from "../../../pki/x509";

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60_000;

/** A certificate with its key, as tests make them. */
export interface Made {
    certificate: Certificate;
    keys: webcrypto.CryptoKeyPair;
}

export interface Wish {
    subject: string | x509.JsonName;
    /** Default: self-signed. */
    issuer?: Made;
    /** Default: new ones. */
    keys?: webcrypto.CryptoKeyPair;
    /** Days from now. */
    from?: number;
    to?: number;
    extensions: x509.Extension[];
}

/** Makes a real certificate, signed by its issuer, with both key identifiers. */
export async function make({
    subject,
    issuer,
    keys: old,
    from = -1,
    to = 30,
    extensions,
}: Wish): Promise<Made> {
    const keys = old ?? (await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]));
    const signer = issuer?.keys ?? keys;
    const made = await x509.X509CertificateGenerator.create({
        subject,
        issuer: issuer
            ? new x509.X509Certificate(new Uint8Array(issuer.certificate.der)).subjectName
            : subject,
        notBefore: new Date(Date.now() + from * day),
        notAfter: new Date(Date.now() + to * day),
        publicKey: keys.publicKey,
        signingKey: signer.privateKey,
        extensions: [
            ...extensions,
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
            await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
        ],
    });
    return { certificate: new Certificate(Buffer.from(made.rawData)), keys };
}

export function makeCa(commonName: string, wish: Partial<Wish> = {}): Promise<Made> {
    const extensions = [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ];
    return make({ subject: `O=Istio, CN=${commonName}`, to: 365, extensions, ...wish });
}

export const serverAndClient = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];

/** A workload certificate as istiod makes them: no subject, one URI, critical. */
export function makeLeaf(
    issuer: Made,
    names: x509.JsonGeneralNames,
    usages: x509.ExtendedKeyUsage[] = serverAndClient,
    wish: Partial<Wish> = {},
): Promise<Made> {
    const extensions = [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : []),
        new x509.SubjectAlternativeNameExtension(names, true),
    ];
    return make({ subject: "", issuer, to: 1, extensions, ...wish });
}

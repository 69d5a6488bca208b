import { KeyObject, webcrypto } from "node:crypto";
import { issuerOf } from "../pki/issuer";
import { firstBlock } from "../pki/pem";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509CertificateGenerator,
} from "../pki/x509";

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMs = 60 * 60_000;

/**
 * A client certificate that names a workload of the mesh but was issued by a throw-away CA, which bears the name of the
 * mesh's own: only its signature differs. PEM: the certificate, its CA, its private key.
 *
 * @param spiffeId - the identity that it claims
 * @param caCertPem - the certificate whose subject the CA copies
 */
export async function foreignClientPem(spiffeId: string, caCertPem: string): Promise<string> {
    const issuer = new X509Certificate(new Uint8Array(firstBlock(caCertPem)!.der)).subjectName;
    const ca = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
    const caCert = await X509CertificateGenerator.create({
        ...validity(),
        subject: issuer,
        issuer,
        publicKey: ca.publicKey,
        signingKey: ca.privateKey,
        extensions: [
            new BasicConstraintsExtension(true, undefined, true),
            new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
            await SubjectKeyIdentifierExtension.create(ca.publicKey),
        ],
    });
    return clientPem(spiffeId, caCert, ca.privateKey);
}

/** A client certificate that names a workload, issued by a CA. PEM: the certificate, its CA, its private key. */
export async function clientPem(
    spiffeId: string,
    caCert: X509Certificate,
    caKey: webcrypto.CryptoKey,
): Promise<string> {
    const { keyId } = issuerOf(caCert.toString("pem"));
    const client = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
    const clientCert = await X509CertificateGenerator.create({
        ...validity(),
        issuer: caCert.subjectName,
        publicKey: client.publicKey,
        signingKey: caKey,
        extensions: [
            new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
            new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
            new SubjectAlternativeNameExtension([{ type: "url", value: spiffeId }], true),
            new AuthorityKeyIdentifierExtension(keyId),
        ],
    });
    const key = KeyObject.from(client.privateKey).export({ type: "pkcs8", format: "pem" });
    return [clientCert.toString("pem"), caCert.toString("pem"), key].join("\n");
}

function validity() {
    return { notBefore: new Date(Date.now() - lifetimeMs), notAfter: new Date(Date.now() + lifetimeMs) };
}

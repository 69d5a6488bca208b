import { webcrypto } from "node:crypto";
import { CaBundle } from "../pki/caBundle";
import type { PublicFiles } from "../pki/caFiles";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    Extension,
    JsonName,
    KeyUsageFlags,
    KeyUsagesExtension,
    Pkcs10CertificateRequest,
    Pkcs10CertificateRequestGenerator,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509CertificateCreateParams,
    X509CertificateGenerator,
} from "../pki/x509";
import { encodePem, firstBlock } from "../pki/pem";

export type KeyPair = webcrypto.CryptoKeyPair;

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export const istiodSan = new SubjectAlternativeNameExtension([
    { type: "dns", value: "istiod.istio-system.svc" },
]);

/** A new key; ECDSA P-256 by default. */
export function newKey(algorithm: object = ecdsa): Promise<KeyPair> {
    const usages = ["sign", "verify"] as const;
    return webcrypto.subtle.generateKey(algorithm as typeof ecdsa, true, [...usages]);
}

/** A key's private half as PKCS #8 PEM. */
export async function privatePem({ privateKey }: KeyPair): Promise<string> {
    return pem(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
}

/** A key's public half as SPKI PEM. */
export async function publicPem({ publicKey }: KeyPair): Promise<string> {
    return pem(await webcrypto.subtle.exportKey("spki", publicKey), "PUBLIC KEY");
}

export interface CsrParameters {
    subject?: string;
    extensions?: Extension[];
    algorithm?: object;
}

/** A request as a cluster's stack makes it, or one that differs as asked for. */
export async function csr(keys: KeyPair, parameters: CsrParameters = {}): Promise<string> {
    const { subject, extensions, algorithm = ecdsa } = parameters;
    const request = await Pkcs10CertificateRequestGenerator.create({
        name: subject ?? "O=Istio, L=cluster1, CN=Intermediate CA",
        keys,
        signingAlgorithm: algorithm as typeof ecdsa,
        extensions: extensions ?? [istiodSan],
    });
    return request.toString("pem") + "\n";
}

export interface CertificateParameters {
    subject?: string | JsonName;
    days?: number;
    /** Its age in days. */
    age?: number;
    ca?: boolean;
    /** Whether it has istiod's DNS name, as our intermediates have it. Default: false. */
    san?: boolean;
    /** Its subject key identifier, hex. Default: of its key, as @pulumi/tls makes it. */
    keyId?: string;
}

/** A self-signed certificate. */
export async function selfSigned(keys: KeyPair, parameters: CertificateParameters = {}): Promise<string> {
    const { subject = "O=Istio, CN=Root CA", days = 3650, ca = true, keyId } = parameters;
    const certificate = await X509CertificateGenerator.createSelfSigned({
        name: subject,
        keys,
        signingAlgorithm: ecdsa,
        ...validity(days),
        extensions: [
            ...extensions(ca),
            keyId === undefined
                ? await SubjectKeyIdentifierExtension.create(keys.publicKey)
                : new SubjectKeyIdentifierExtension(keyId),
        ],
    });
    return certificate.toString("pem") + "\n";
}

/** A certificate for a key, signed by another. */
export async function issued(
    publicKey: KeyPair,
    issuer: { keys: KeyPair; pem: string },
    parameters: CertificateParameters = {},
): Promise<string> {
    const { subject = "O=Istio, L=cluster1, CN=Intermediate CA", days = 365, age } = parameters;
    const { ca = true, san = false } = parameters;
    const issuerKey = parsedCertificate(issuer.pem).getExtension(SubjectKeyIdentifierExtension)?.keyId;
    const certificate = await X509CertificateGenerator.create({
        subject,
        issuer: parsedCertificate(issuer.pem).subjectName,
        publicKey: publicKey.publicKey,
        signingKey: issuer.keys.privateKey,
        signingAlgorithm: ecdsa,
        ...validity(days, age),
        extensions: [
            ...extensions(ca),
            ...(san ? [istiodSan] : []),
            ...(issuerKey === undefined ? [] : [new AuthorityKeyIdentifierExtension(issuerKey)]),
        ],
    });
    return certificate.toString("pem") + "\n";
}

/** An intermediate's certificate, as @pulumi/tls makes it by the profile `default`: subject, key and SAN are the request's. */
export async function signedAsAsked(
    csrPem: string,
    issuer: { keys: KeyPair; pem: string },
    changes: Partial<X509CertificateCreateParams> = {},
): Promise<string> {
    const request = new Pkcs10CertificateRequest(new Uint8Array(firstBlock(csrPem)!.der));
    const certificate = await X509CertificateGenerator.create({
        subject: request.subjectName,
        issuer: parsedCertificate(issuer.pem).subjectName,
        publicKey: request.publicKey,
        signingKey: issuer.keys.privateKey,
        signingAlgorithm: ecdsa,
        ...validity(365),
        extensions: [...extensions(true), istiodSan],
        ...changes,
    });
    return certificate.toString("pem") + "\n";
}

function validity(days: number, age = 0) {
    const notBefore = new Date((Math.floor(Date.now() / 1000) - age * 86_400) * 1000);
    return { notBefore, notAfter: new Date(notBefore.getTime() + days * 86_400_000) };
}

function extensions(ca: boolean) {
    return [
        new BasicConstraintsExtension(ca, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ];
}

/** The public files of `cacerts` for an intermediate that was signed. */
export function publicFiles(...signed: Parameters<typeof CaBundle.signed>): PublicFiles {
    return CaBundle.signed(...signed).files;
}

/** Any bytes as a PEM block; these sources contain no PEM block of a key. */
export function pem(der: webcrypto.BufferSource, tag: string): string {
    return encodePem(tag, new Uint8Array(der as ArrayBuffer));
}

/** The certificate in a PEM text's first block, by the library that makes them. */
export function parsedCertificate(text: string): X509Certificate {
    return new X509Certificate(new Uint8Array(firstBlock(text)!.der));
}

import { execFileSync } from "node:child_process";
import { webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from "@peculiar/asn1-x509";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    Extension,
    KeyUsageFlags,
    KeyUsagesExtension,
    X509CertificateGenerator,
    X509CrlGenerator,
    X509CrlReason,
} from "../pki/x509";
import { encodePem } from "../pki/pem";
import { istiodSan, KeyPair, newKey, privatePem, parsedCertificate } from "./pki";

/** A CA with its key. */
export interface Authority {
    subject: string;
    keys: KeyPair;
    pem: string;
    notAfter: Date;
}

/** How a CA differs from a good one. */
export interface Template {
    subject?: string;
    keys?: KeyPair;
    algorithm?: object;
    /** Of its signature. Default: SHA-256. */
    hash?: string;
    /** Days from now. */
    from?: number;
    to?: number;
    /** Instead of `to`. */
    notAfter?: Date;
    ca?: boolean | "absent";
    pathLength?: number;
    usages?: KeyUsageFlags;
    /** Whether its SAN is critical. Default: false. */
    sanCritical?: boolean;
    extended?: string[];
    extensions?: Extension[];
    /** Without any extension. */
    bare?: boolean;
}

/** The keys of CAs by default. */
export const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** RSA keys. */
export const rsa = (bits: number, hash = "SHA-256") => ({
    name: "RSASSA-PKCS1-v1_5",
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits,
});
const criticalSan = new Extension("2.5.29.17", true, istiodSan.value);
/** What a CA is for. */
const caUsages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
/** Extended key usages (RFC 5280, 4.2.1.12). */
export const serverAuth = "1.3.6.1.5.5.7.3.1";
export const clientAuth = "1.3.6.1.5.5.7.3.2";

/** The four files of an intermediate right below a root. */
export async function files(ca: Authority, root: Authority) {
    return pem(ca, { "root-cert.pem": root.pem });
}

/** The files of an intermediate, whatever its root. */
export async function pem(ca: Authority, rest: { "root-cert.pem": string }) {
    return {
        "ca-cert.pem": ca.pem,
        "ca-key.pem": await privatePem(ca.keys),
        "cert-chain.pem": ca.pem,
        ...rest,
    };
}

/** A CA below another, or a root. */
export async function authority(template: Template, above?: Authority): Promise<Authority> {
    const { subject = "O=Istio, L=cluster1, CN=Intermediate CA", algorithm = ecdsa } = template;
    const keys = template.keys ?? (await newKey(algorithm));
    const { notAfter = daysFromNow(template.to ?? 365), ca = true, usages = caUsages } = template;
    const certificate = await X509CertificateGenerator.create({
        subject,
        issuer: above?.subject ?? subject,
        notBefore: daysFromNow(template.from ?? -0.01),
        notAfter,
        publicKey: keys.publicKey,
        ...(await signedBy(above?.keys ?? keys, template.hash)),
        extensions: template.bare
            ? []
            : [
                  ...(ca === "absent" ? [] : [new BasicConstraintsExtension(ca, template.pathLength, true)]),
                  new KeyUsagesExtension(usages, true),
                  ...(above ? [template.sanCritical ? criticalSan : istiodSan] : []),
                  ...(template.extended ? [new ExtendedKeyUsageExtension(template.extended)] : []),
                  ...(template.extensions ?? []),
              ],
    });
    return { subject, keys, pem: `${certificate.toString("pem")}\n`, notAfter };
}

/** How a CRL differs from a good one. */
export interface CrlTemplate {
    /** Days from now. */
    from?: number;
    to?: number;
    /** Its issuer's, hex. */
    keyId?: string;
    /** A certificate, PEM. */
    revokes?: string;
    extensions?: Extension[];
}

/** A CA's CRL, PEM. */
export async function crl({ subject, keys }: Authority, template: CrlTemplate = {}): Promise<string> {
    const { from = -0.01, to = 30, keyId, revokes, extensions = [] } = template;
    const made = await X509CrlGenerator.create({
        issuer: subject,
        thisUpdate: daysFromNow(from),
        nextUpdate: daysFromNow(to),
        entries: revokes
            ? [
                  {
                      serialNumber: parsedCertificate(revokes).serialNumber,
                      reason: X509CrlReason.cACompromise,
                  },
              ]
            : [],
        extensions: [
            ...(keyId === undefined ? [] : [new AuthorityKeyIdentifierExtension(keyId)]),
            ...extensions,
        ],
        signingKey: keys.privateKey,
        signingAlgorithm: signature(keys),
    });
    return encodePem("X509 CRL", Buffer.from(made.rawData));
}

/** What signs, with another hash than the key's own if asked for: an RSA key in WebCrypto has only one. */
async function signedBy({ privateKey }: KeyPair, hash?: string) {
    const algorithm = { ...(privateKey.algorithm as typeof ecdsa), ...(hash && { hash }) };
    const signingKey =
        hash && algorithm.name !== "ECDSA"
            ? await webcrypto.subtle.importKey(
                  "pkcs8",
                  await webcrypto.subtle.exportKey("pkcs8", privateKey),
                  algorithm,
                  false,
                  ["sign"],
              )
            : privateKey;
    return { signingKey, signingAlgorithm: { ...ecdsa, ...algorithm } };
}

/** A key names its curve or its hash; an ECDSA signature needs both. */
function signature({ privateKey }: KeyPair): typeof ecdsa {
    return { ...ecdsa, ...(privateKey.algorithm as typeof ecdsa) };
}

/** Name constraints (RFC 5280, 4.2.1.10). */
export function constraints(
    permitted: Partial<GeneralName>[],
    excluded: Partial<GeneralName>[] = [],
): Extension {
    const subtrees = (names: Partial<GeneralName>[]) =>
        names.length === 0
            ? undefined
            : new GeneralSubtrees(names.map((name) => new GeneralSubtree({ base: new GeneralName(name) })));
    const value = new NameConstraints({
        permittedSubtrees: subtrees(permitted),
        excludedSubtrees: subtrees(excluded),
    });
    return new Extension("2.5.29.30", true, AsnConvert.serialize(value));
}

function daysFromNow(days: number): Date {
    return new Date(Math.floor((Date.now() + days * 86_400_000) / 1000) * 1000);
}

/** What openssl makes of a text. */
export function openssl(input: string, ...args: string[]): string {
    return execFileSync("openssl", args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
}

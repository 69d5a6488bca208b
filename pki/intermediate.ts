import { createPrivateKey, KeyObject, sign, webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { CaCertificate } from "./caCertificate";
import { csrFaults, csrRefusal } from "./csr";
import { rootFault } from "./root";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    Pkcs10CertificateRequest,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509CertificateGenerator,
} from "./x509";

/** Signs data with the root's key, by SHA-256 (P-384: SHA-384): RSASSA-PKCS1-v1_5, or ECDSA as DER (RFC 3279, 2.2). */
export type Signer = (data: Buffer) => Promise<Buffer>;

/** What an intermediate is signed from. */
export interface SigningRequest {
    /** PEM (RFC 2986). */
    csrPem: string;
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** The root's certificate, PEM. */
    rootCertPem: string;
    signer: Signer;
    /** How long the certificate is valid, days; never longer than the root. */
    validityDays: number;
    now?: Date;
}

/**
 * An intermediate CA's certificate, PEM, for a request that names its cluster and nothing else.
 *
 * @throws Error saying all that is wrong with the request, or what is with the root or the signature.
 */
export async function signIntermediate(request: SigningRequest): Promise<string> {
    const { csrPem, cluster, rootCertPem, signer, validityDays, now = new Date() } = request;
    const faults = await csrFaults(csrPem, cluster);
    if (faults.length > 0) {
        throw new Error(csrRefusal(cluster, faults));
    }
    const root = signingRoot(rootCertPem, now);
    const issuer = new X509Certificate(new Uint8Array(root.der));
    const csr = new Pkcs10CertificateRequest(csrPem);
    const notBefore = new Date(Math.floor(now.getTime() / 1000) * 1000);
    const wanted = notBefore.getTime() + validityDays * 86_400_000;
    const algorithm = signatureAlgorithm(root.publicKey);
    // The generator signs with a key in memory; the root's may be elsewhere, so its signature takes the place of another's.
    const draft = await X509CertificateGenerator.create({
        subject: csr.subjectName,
        issuer: issuer.subjectName,
        notBefore,
        notAfter: new Date(Math.min(wanted, root.notAfter.getTime())),
        publicKey: csr.publicKey,
        signingKey: (await webcrypto.subtle.generateKey(algorithm, false, ["sign", "verify"])).privateKey,
        signingAlgorithm: algorithm,
        extensions: [
            new BasicConstraintsExtension(true, 0, true),
            new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
            await SubjectKeyIdentifierExtension.create(csr.publicKey),
            await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
            ...csr.extensions.filter((extension) => extension instanceof SubjectAlternativeNameExtension),
        ],
    });
    const certificate = AsnConvert.parse(draft.rawData, Certificate);
    const data = Buffer.from(AsnConvert.serialize(certificate.tbsCertificate));
    certificate.signatureValue = new Uint8Array(await signer(data)).buffer;
    const signed = new X509Certificate(AsnConvert.serialize(certificate));
    if (!new CaCertificate(Buffer.from(signed.rawData)).issuedBy(root)) {
        throw new Error(
            `What was signed does not verify with the root ${root.fingerprint} (${root.subject}). Sign with the key that belongs to it.`,
        );
    }
    return `${signed.toString("pem")}\n`;
}

/**
 * Signs with a key at hand.
 *
 * @param keyPem - PKCS #8, PKCS #1 or SEC 1, PEM
 * @param passphrase - of an encrypted key
 * @throws Error if it cannot be read, without a word of what is in it.
 */
export function keySigner(keyPem: string, passphrase?: string): Signer {
    let key: KeyObject;
    try {
        key = createPrivateKey({ key: keyPem, passphrase });
    } catch (error) {
        const encrypted = passphrase === undefined && keyPem.includes("ENCRYPTED");
        const message = encrypted
            ? "The root key is encrypted. Name a file with its passphrase: --passphrase-file."
            : "The root key cannot be read: it is no PEM private key, or the passphrase is wrong.";
        throw new Error(message, { cause: error });
    }
    return (data) => Promise.resolve(sign(digest(key), data, key));
}

function signingRoot(rootCertPem: string, now: Date): CaCertificate {
    const fault = rootFault(rootCertPem, now);
    if (fault !== undefined) {
        throw new Error(`The root certificate ${fault}. Nothing was signed.`);
    }
    return CaCertificate.all(rootCertPem)[0]!;
}

function signatureAlgorithm(key: KeyObject): webcrypto.RsaHashedKeyGenParams & webcrypto.EcKeyGenParams {
    const hash = digest(key);
    const elliptic = { name: "ECDSA", namedCurve: hash === "sha384" ? "P-384" : "P-256" };
    const rsa = {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
    };
    const algorithm = key.asymmetricKeyType === "rsa" ? rsa : elliptic;
    return { ...algorithm, hash: hash.replace("sha", "SHA-") } as ReturnType<typeof signatureAlgorithm>;
}

/** @throws Error for a key that istiod or Envoy could not verify with. */
function digest({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
    if (asymmetricKeyType === "rsa") {
        return "sha256";
    }
    const curves: Record<string, string> = { prime256v1: "sha256", secp384r1: "sha384" };
    const found = curves[asymmetricKeyDetails?.namedCurve ?? ""];
    if (found === undefined) {
        throw new Error(
            `The root's key is ${asymmetricKeyType} ${asymmetricKeyDetails?.namedCurve ?? ""}: RSA, or ECDSA on P-256 or P-384 is allowed.`,
        );
    }
    return found;
}

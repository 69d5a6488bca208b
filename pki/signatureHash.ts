import { constants, KeyObject, verify } from "node:crypto";
import { elements, objectIdentifier } from "./der";

/** A signature by these is rejected by Go's crypto/x509 and by BoringSSL. */
export const brokenHashes = ["MD2", "MD5", "SHA-1"];

/** The hashes of signature algorithms that name one (RFC 3279, RFC 4055, RFC 5758). */
const hashes: Record<string, string> = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.113549.1.1.14": "SHA-224",
    "1.2.840.113549.1.1.11": "SHA-256",
    "1.2.840.113549.1.1.12": "SHA-384",
    "1.2.840.113549.1.1.13": "SHA-512",
    "1.2.840.10040.4.3": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.10045.4.3.1": "SHA-224",
    "1.2.840.10045.4.3.2": "SHA-256",
    "1.2.840.10045.4.3.3": "SHA-384",
    "1.2.840.10045.4.3.4": "SHA-512",
    "1.3.14.3.2.26": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
};

const rsaPss = "1.2.840.113549.1.1.10";

/**
 * The hash of a signature, such as SHA-256; undefined if the algorithm has none, such as Ed25519, or is not known.
 *
 * @param algorithm - AlgorithmIdentifier, DER
 * @throws Error if it is not strict DER.
 */
export function signatureHash(algorithm: Buffer): string | undefined {
    const [id, parameters] = elements(algorithm);
    const name = objectIdentifier(id!);
    if (name !== rsaPss) {
        return hashes[name];
    }
    // RFC 4055, 3.1: the hash is the first parameter; SHA-1 if it is left out.
    const [hash] = parameters ? elements(parameters).filter(([tag]) => tag === 0xa0) : [];
    return hash ? hashes[objectIdentifier(elements(elements(hash)[0]!)[0]!)] : "SHA-1";
}

/** What was signed, and how; DER, but for the signature. */
export interface Signed {
    data: Buffer;
    algorithm: Buffer;
    signature: Buffer;
}

/** Whether a signature verifies with a key, which may be of another kind. */
export function verifies({ data, algorithm, signature }: Signed, key: KeyObject): boolean {
    try {
        const pss = objectIdentifier(elements(algorithm)[0]!) === rsaPss;
        const hash = signatureHash(algorithm)?.replace("-", "").toLowerCase() ?? null;
        return verify(hash, data, pss ? { key, ...pssPadding } : key, signature);
    } catch {
        return false;
    }
}

const pssPadding = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
};

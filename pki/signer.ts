import { KeyObject, sign, webcrypto } from "node:crypto";
import { privateKeyOf } from "./pemKey";

/** Signs data with a CA's key, by SHA-256 (P-384: SHA-384): RSASSA-PKCS1-v1_5, or ECDSA as DER (RFC 3279, 2.2). */
export type Signer = (data: Buffer) => Promise<Buffer>;

/** A key that cannot be read without a passphrase. */
export class EncryptedKey extends Error {}

/**
 * Signs with a key in memory.
 *
 * @param keyPem - PKCS #8, PKCS #1 or SEC 1, PEM
 * @param passphrase - of an encrypted key
 * @throws EncryptedKey if it needs a passphrase; Error if it cannot be read, without a word of what is in it.
 */
export function keySigner(keyPem: string, passphrase?: string): Signer {
    let key: KeyObject;
    try {
        key = privateKeyOf(keyPem, passphrase);
    } catch (error) {
        if (passphrase === undefined && keyPem.includes("ENCRYPTED")) {
            throw new EncryptedKey("The root key is encrypted.", { cause: error });
        }
        throw new Error(
            "The root key cannot be read: it is not a PEM private key, or the passphrase is wrong.",
            {
                cause: error,
            },
        );
    }
    return (data) => Promise.resolve(sign(digest(key), data, key));
}

/** A key that is made for a moment, to draft with. */
export interface DraftKey {
    signingKey: webcrypto.CryptoKey;
    signingAlgorithm: webcrypto.RsaHashedKeyGenParams & webcrypto.EcKeyGenParams;
}

/**
 * Another key of the same algorithm. Generators of certificates sign with a key in memory; a CA's may be elsewhere, so its
 * signature takes the place of this one's.
 *
 * @throws Error for a key that istiod or Envoy could not verify with.
 */
export async function draftKey(publicKey: KeyObject): Promise<DraftKey> {
    const signingAlgorithm = signatureAlgorithm(publicKey);
    const { privateKey } = await webcrypto.subtle.generateKey(signingAlgorithm, false, ["sign", "verify"]);
    return { signingKey: privateKey, signingAlgorithm };
}

function signatureAlgorithm(key: KeyObject): DraftKey["signingAlgorithm"] {
    const hash = digest(key);
    const elliptic = { name: "ECDSA", namedCurve: hash === "sha384" ? "P-384" : "P-256" };
    const rsa = {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
    };
    const algorithm = key.asymmetricKeyType === "rsa" ? rsa : elliptic;
    return { ...algorithm, hash: hash.replace("sha", "SHA-") } as DraftKey["signingAlgorithm"];
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

import { createPublicKey, KeyObject, verify } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";

/** RSA's sizes, bits. Go rejects a larger key in handshakes (crypto/tls, checkKeySize). */
const smallestRsaKey = 2048;
const largestRsaKey = 8192;
const rsaExponent = 65537n;

/** OpenSSL's names of P-256 and P-384. */
const curves = ["prime256v1", "secp384r1"];

const allowedKeys = `RSA of ${smallestRsaKey} to ${largestRsaKey} bits with the exponent ${rsaExponent}, or ECDSA on P-256 or P-384 is allowed`;

/** The signatures that a request may have, by object identifier, with the type of the key and the hash. */
const signatures: Record<string, { key: "rsa" | "ec"; hash: string }> = {
    "1.2.840.113549.1.1.11": { key: "rsa", hash: "sha256" },
    "1.2.840.113549.1.1.12": { key: "rsa", hash: "sha384" },
    "1.2.840.113549.1.1.13": { key: "rsa", hash: "sha512" },
    "1.2.840.10045.4.3.2": { key: "ec", hash: "sha256" },
    "1.2.840.10045.4.3.3": { key: "ec", hash: "sha384" },
    "1.2.840.10045.4.3.4": { key: "ec", hash: "sha512" },
};

/** @throws Error if it is not a key that OpenSSL knows. */
export function publicKeyOf(info: SubjectPublicKeyInfo): KeyObject {
    return createPublicKey({ key: Buffer.from(AsnConvert.serialize(info)), format: "der", type: "spki" });
}

/** Why an intermediate may not have this key; empty if it may. */
export function keyFaults(key: KeyObject): string[] {
    const { modulusLength = 0, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
    const refused = (found: string) => [`key: found ${found}, ${allowedKeys}`];
    switch (key.asymmetricKeyType) {
        case "rsa":
            if (modulusLength < smallestRsaKey || modulusLength > largestRsaKey) {
                return refused(`RSA of ${modulusLength} bits`);
            }
            return publicExponent === rsaExponent ? [] : refused(`RSA with the exponent ${publicExponent}`);
        case "ec":
            return curves.includes(namedCurve ?? "")
                ? []
                : refused(`ECDSA on ${namedCurve ?? "a curve that is described, not named"}`);
        case "ed25519":
            return refused("Ed25519");
        default:
            return refused(String(key.asymmetricKeyType));
    }
}

/** The key as DER has it in one way alone: a named curve, an uncompressed point. */
export function canonicalKey(key: KeyObject): SubjectPublicKeyInfo {
    const jwk = createPublicKey({ key: key.export({ format: "jwk" }), format: "jwk" });
    return AsnConvert.parse(jwk.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
}

/** A signature algorithm as RFC 4055, 5 and RFC 5758, 3.2 have it: RSA's parameters are NULL, ECDSA's are left out. */
export function canonicalSignature(algorithm: string): AlgorithmIdentifier {
    const rsa = signatures[algorithm]?.key === "rsa";
    return new AlgorithmIdentifier({ algorithm, ...(rsa && { parameters: null }) });
}

/** Why a signature does not prove that who asks holds the key; empty if it does. */
export function signatureFaults(
    key: KeyObject,
    algorithm: string,
    signed: ArrayBuffer,
    signature: ArrayBuffer,
): string[] {
    if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ec") {
        return [];
    }
    const known = signatures[algorithm];
    if (known?.key !== key.asymmetricKeyType) {
        return [
            `signature algorithm: found ${algorithm}, RSA PKCS #1 or ECDSA with SHA-256, SHA-384 or SHA-512 is allowed`,
        ];
    }
    return verify(known.hash, Buffer.from(signed), key, Buffer.from(signature))
        ? []
        : ["signature: it does not verify with the request's own key, the request was altered"];
}

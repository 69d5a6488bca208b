import { createPrivateKey, createPublicKey, generateKeyPair, KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { firstBlock } from "../../../pki/pem";

export const keyAlgorithms = ["RSA", "ECDSA", "ED25519"] as const;

export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** The provider's names of curves, and OpenSSL's. */
export const ecdsaCurves = {
    P224: "secp224r1",
    P256: "prime256v1",
    P384: "secp384r1",
    P521: "secp521r1",
} as const;

export type EcdsaCurve = keyof typeof ecdsaCurves;

/** Generates a key on its own thread, so that several are generated in parallel. */
export async function generatePrivateKey(
    algorithm: KeyAlgorithm,
    rsaBits: number,
    curve: EcdsaCurve,
): Promise<KeyObject> {
    const generate = promisify(generateKeyPair);
    switch (algorithm) {
        case "RSA":
            return (await generate("rsa", { modulusLength: rsaBits })).privateKey;
        case "ECDSA":
            return (await generate("ec", { namedCurve: ecdsaCurves[curve] })).privateKey;
        case "ED25519":
            return (await generate("ed25519")).privateKey;
    }
}

/**
 * Reads a private key in PKCS #1, SEC 1 or PKCS #8.
 *
 * @throws Error that says how far decoding came, never what was in the input.
 */
export function parsePrivateKey(pem: string): KeyObject {
    const block = firstBlock(pem);
    if (!block) {
        throw new Error(`failed to decode PEM block: decoded bytes 0, undecoded ${Buffer.byteLength(pem)}`);
    }
    if (!["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"].includes(block.type)) {
        throw new Error(`unsupported PEM preamble/type: ${block.type}`);
    }
    try {
        return createPrivateKey(pem.slice(block.start, block.end));
    } catch {
        throw new Error(`failed to parse private key given PEM preamble '${block.type}'`);
    }
}

export function publicKeyOf(key: KeyObject): KeyObject {
    return createPublicKey(key);
}

export function algorithmOf(key: KeyObject): KeyAlgorithm {
    const algorithms: Partial<Record<string, KeyAlgorithm>> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };
    const algorithm = algorithms[key.asymmetricKeyType ?? ""];
    if (!algorithm) {
        throw new Error(`unsupported private key type: ${key.asymmetricKeyType}`);
    }
    return algorithm;
}

/** The key's curve; none: it is not an elliptic curve key or its curve is not supported. */
export function curveOf(key: KeyObject): EcdsaCurve | undefined {
    const name = key.asymmetricKeyDetails?.namedCurve;
    return (Object.keys(ecdsaCurves) as EcdsaCurve[]).find((curve) => ecdsaCurves[curve] === name);
}

/** Signs as Go's crypto/x509 does: with the hash that suits the key. */
export async function signWith(key: KeyObject, data: ArrayBuffer): Promise<ArrayBuffer> {
    const hash = signatures[signatureName(key)].hash;
    const signature = await promisify(sign)(hash, Buffer.from(data), key);
    return new Uint8Array(signature).buffer;
}

/** What a certificate says of such a signature. */
export function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
    const { oid, parameters } = signatures[signatureName(key)];
    return new AlgorithmIdentifier({ algorithm: oid, parameters });
}

/** ASN.1 NULL, which RSA's identifier carries and the others do not. */
const asn1Null = new Uint8Array([5, 0]).buffer;

const signatures = {
    RSA: { hash: "sha256", oid: "1.2.840.113549.1.1.11", parameters: asn1Null },
    P224: { hash: "sha256", oid: "1.2.840.10045.4.3.2", parameters: undefined },
    P256: { hash: "sha256", oid: "1.2.840.10045.4.3.2", parameters: undefined },
    P384: { hash: "sha384", oid: "1.2.840.10045.4.3.3", parameters: undefined },
    P521: { hash: "sha512", oid: "1.2.840.10045.4.3.4", parameters: undefined },
    ED25519: { hash: null, oid: "1.3.101.112", parameters: undefined },
};

function signatureName(key: KeyObject): keyof typeof signatures {
    const algorithm = algorithmOf(key);
    if (algorithm !== "ECDSA") {
        return algorithm;
    }
    const curve = curveOf(key);
    if (!curve) {
        throw new Error("x509: unsupported elliptic curve");
    }
    return curve;
}

import { createHash, KeyObject } from "node:crypto";
import {
    algorithmOf,
    EcdsaCurve,
    ecdsaCurves,
    generatePrivateKey,
    KeyAlgorithm,
    keyAlgorithms,
    publicKeyOf,
} from "./keys";
import { opensshFingerprints, opensshPrivateKey, opensshPublicKey } from "./openssh";
import type { Created, ResourceType } from "./resourceType";

/** `tls.PrivateKey`. */
export const privateKey: ResourceType = {
    version: 1,
    recomputed: true,
    properties: {
        algorithm: { input: true, oneOf: keyAlgorithms },
        ecdsaCurve: { input: true, default: "P224", oneOf: Object.keys(ecdsaCurves) },
        rsaBits: { input: true, default: 2048 },
        id: {},
        privateKeyOpenssh: { secret: true },
        privateKeyPem: { secret: true },
        privateKeyPemPkcs8: { secret: true },
        publicKeyFingerprintMd5: {},
        publicKeyFingerprintSha256: {},
        publicKeyOpenssh: {},
        publicKeyPem: {},
    },
    async create(planned) {
        const algorithm = planned["algorithm"] as KeyAlgorithm;
        const curve = planned["ecdsaCurve"] as EcdsaCurve;
        return keyOutputs(await generatePrivateKey(algorithm, Number(planned["rsaBits"]), curve));
    },
};

/** Every form of the key that the official provider gives. */
export function keyOutputs(key: KeyObject): Created {
    const publicKey = publicKeyOf(key);
    const fingerprints = opensshFingerprints(publicKey);
    return {
        id: createHash("sha1")
            .update(publicKey.export({ type: "spki", format: "der" }))
            .digest("hex"),
        privateKeyOpenssh: opensshPrivateKey(key),
        privateKeyPem: key.export({ type: traditionalForm[algorithmOf(key)], format: "pem" }) as string,
        privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }) as string,
        publicKeyFingerprintMd5: fingerprints.md5,
        publicKeyFingerprintSha256: fingerprints.sha256,
        publicKeyOpenssh: opensshPublicKey(publicKey),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    };
}

const traditionalForm: Record<KeyAlgorithm, "pkcs1" | "sec1" | "pkcs8"> = {
    RSA: "pkcs1",
    ECDSA: "sec1",
    ED25519: "pkcs8",
};

import type { KeyAlgorithm } from "../pki/profile";

/** The key algorithms in @pulumi/tls's words. */
export const keyAlgorithms = {
    "ECDSA-P256": { algorithm: "ECDSA", ecdsaCurve: "P256" },
    "ECDSA-P384": { algorithm: "ECDSA", ecdsaCurve: "P384" },
    "RSA-2048": { algorithm: "RSA", rsaBits: 2048 },
    "RSA-3072": { algorithm: "RSA", rsaBits: 3072 },
    "RSA-4096": { algorithm: "RSA", rsaBits: 4096 },
} as const satisfies Record<KeyAlgorithm, object>;

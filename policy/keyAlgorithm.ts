import { KeyObject, X509Certificate } from "node:crypto";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { keyAlgorithms } from "../pki/profile";
import { known } from "./properties";
import { isCacerts, Resource, SecretProps, types } from "./resources";

interface Config {
    allowed: string[];
}

/** A CA's key is one that istiod signs with, that Envoy verifies, and that nobody breaks. */
export const keyAlgorithm: ResourceValidationPolicy = {
    name: "key-algorithm",
    description: "A CA's key must be of an allowed algorithm and size.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            allowed: {
                type: "array",
                items: { type: "string" },
                default: Object.keys(keyAlgorithms),
                description: "ECDSA-P256, ECDSA-P384, RSA-2048, RSA-3072, RSA-4096, …",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        const { allowed = Object.keys(keyAlgorithms) } = resource.getConfig<Partial<Config>>();
        for (const [what, algorithm] of algorithms(resource)) {
            if (!allowed.includes(algorithm)) {
                reportViolation(
                    `${what} is ${algorithm}; allowed: ${allowed.join(", ")}. Set keyAlgorithm to one of them and make a ` +
                        "new key: add 1 to the cluster's generation.",
                );
            }
        }
    },
};

/** The algorithms of the keys that a resource makes or plugs in, after what they are. */
function algorithms({ type, urn, props }: Resource): [string, string][] {
    switch (type) {
        case types.privateKey: {
            const algorithm = known(() => ofKey(props as unknown as KeyProps));
            return algorithm === undefined ? [] : [["The key", algorithm]];
        }
        case types.locallySignedCert: {
            const pem = known(() => props["caCertPem"] as string);
            return pem === undefined ? [] : [["The signing CA's key", ofCertificate(pem)]];
        }
        case types.secret:
            return isCacerts({ type, urn, props }) ? pluggedIn(props) : [];
        default:
            return [];
    }
}

interface KeyProps {
    algorithm: string;
    ecdsaCurve?: string;
    rsaBits?: number;
}

/** With the defaults of @pulumi/tls. */
function ofKey({ algorithm, ecdsaCurve, rsaBits }: KeyProps): string {
    switch (algorithm) {
        case "RSA":
            return `RSA-${rsaBits ?? 2048}`;
        case "ECDSA":
            return `ECDSA-${ecdsaCurve ?? "P224"}`;
        default:
            return algorithm;
    }
}

function pluggedIn(props: SecretProps): [string, string][] {
    return ["ca-cert.pem", "tls.crt"].flatMap((file): [string, string][] => {
        const text = known(() => props.stringData?.[file]);
        const data = known(() => props.data?.[file]);
        const pem = text ?? (data && Buffer.from(data, "base64").toString());
        return pem === undefined ? [] : [[`The key of ${file}`, ofCertificate(pem)]];
    });
}

const curves: Record<string, string> = { prime256v1: "P256", secp384r1: "P384", secp521r1: "P521" };

function ofCertificate(pem: string): string {
    const { asymmetricKeyType, asymmetricKeyDetails }: KeyObject = new X509Certificate(pem).publicKey;
    const { namedCurve = "", modulusLength } = asymmetricKeyDetails ?? {};
    switch (asymmetricKeyType) {
        case "rsa":
            return `RSA-${modulusLength}`;
        case "ec":
            return `ECDSA-${curves[namedCurve] ?? namedCurve}`;
        default:
            return String(asymmetricKeyType).toUpperCase();
    }
}

import type { ResourceValidationPolicy } from "@pulumi/policy";
import { KeyAlgorithm } from "../pki/profile";
import { known } from "./properties";
import { certificate, isCacerts, Resource, SecretProps, types } from "./resources";

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
                default: Object.values(KeyAlgorithm),
                description: "ECDSA-P256, ECDSA-P384, RSA-2048, RSA-3072, RSA-4096, …",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        const { allowed } = resource.getConfig<Config>();
        for (const [what, algorithm] of algorithms(resource)) {
            if (!allowed.includes(algorithm)) {
                reportViolation(
                    `${what} is ${algorithm}; allowed: ${allowed.join(", ")}. Set keyAlgorithm to one of them and make a ` +
                        "new key: a cluster's by adding 1 to its generation, a root's as a new root.",
                );
            }
        }
    },
};

/** The algorithms of the keys that a resource makes or plugs in, as far as they are known, after what they are. */
function algorithms(resource: Resource): [string, string][] {
    const { type, props } = resource;
    const found: [string, string | undefined][] =
        type === types.privateKey
            ? [["The key", known(() => ofKey(props as unknown as KeyProps))]]
            : type === types.locallySignedCert
              ? [["The signing CA's key", ofCertificate(known(() => props["caCertPem"] as string))]]
              : isCacerts(resource)
                ? ["ca-cert.pem", "tls.crt"].map((file) => [
                      `The key of ${file}`,
                      ofCertificate(pluggedIn(file, props)),
                  ])
                : [];
    return found.filter((each): each is [string, string] => each[1] !== undefined);
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

function pluggedIn(file: string, props: SecretProps): string | undefined {
    const encoded = known(() => props.data?.[file]);
    return known(() => props.stringData?.[file]) ?? (encoded && Buffer.from(encoded, "base64").toString());
}

const curves: Record<string, string> = { prime256v1: "P256", secp384r1: "P384", secp521r1: "P521" };

function ofCertificate(pem = ""): string | undefined {
    const key = certificate(pem)?.publicKey;
    const { namedCurve = "", modulusLength } = key?.asymmetricKeyDetails ?? {};
    switch (key?.asymmetricKeyType) {
        case "rsa":
            return `RSA-${modulusLength}`;
        case "ec":
            return `ECDSA-${curves[namedCurve] ?? namedCurve}`;
        default:
            return key?.asymmetricKeyType?.toUpperCase();
    }
}

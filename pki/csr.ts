import type { webcrypto } from "node:crypto";
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from "./x509";
import { intermediateCommonName, istiodDnsName, organization } from "./profile";

const subjectAlternativeName = "2.5.29.17";
const smallestRsaModulus = 2048;
const curves = ["P-256", "P-384"];

type KeyAlgorithmFacts = Partial<webcrypto.RsaHashedKeyAlgorithm & webcrypto.EcKeyAlgorithm> &
    webcrypto.KeyAlgorithm;

/**
 * Why a cluster's request is refused, one sentence a fault with the field, what was found and what is allowed;
 * empty if it may be signed. Whoever signs copies subject and SANs from the request, so nothing else may be in it.
 */
export async function csrFaults(pem: string, cluster: string): Promise<string[]> {
    try {
        const request = new Pkcs10CertificateRequest(pem);
        const faults = [
            ...subjectFaults(request, cluster),
            ...extensionFaults(request),
            ...keyFaults(request),
        ];
        if (!(await request.verify())) {
            faults.push("signature: it does not verify with the request's own key, the request was altered");
        }
        return faults;
    } catch {
        // Parts are parsed when they are asked for, so any of the above may throw.
        return ["it is not a well-formed PEM certificate request (RFC 2986)"];
    }
}

/** The key that a request is for, SPKI PEM. */
export function csrPublicKeyPem(pem: string): string {
    return new Pkcs10CertificateRequest(pem).publicKey.toString("pem");
}

/** What a signer tells of a refused request. */
export function csrRefusal(cluster: string, faults: string[]): string {
    const heading = `The certificate request of cluster ${cluster} was refused, nothing was signed:`;
    const remedy = `Let the stack of ${cluster} make its request anew (\`pulumi up\`), and find out who altered it.`;
    return [heading, ...faults, remedy].join("\n  ");
}

function subjectFaults(request: Pkcs10CertificateRequest, cluster: string): string[] {
    const allowed: Record<string, string> = { O: organization, CN: intermediateCommonName, L: cluster };
    const found = request.subjectName.toJSON().flatMap((rdn) => Object.entries(rdn));
    const faults = found
        .filter(([type, values]) => values.length !== 1 || values[0] !== allowed[type])
        .map(([type, values]) => `subject ${type}: found ${values.join(" and ")}, ${only(allowed[type])}`);
    const missing = Object.keys(allowed).filter((type) => !found.some(([name]) => name === type));
    const repeated = found.length > new Set(found.map(([type]) => type)).size;
    return [
        ...faults,
        ...missing.map((type) => `subject ${type}: missing, ${only(allowed[type])}`),
        ...(repeated ? ["subject: an attribute stands twice, each is allowed once"] : []),
    ];
}

function extensionFaults(request: Pkcs10CertificateRequest): string[] {
    const others = request.extensions.filter((extension) => extension.type !== subjectAlternativeName);
    const names = request.extensions
        .filter((extension) => extension instanceof SubjectAlternativeNameExtension)
        .flatMap((extension) => extension.names.items.map((name) => `${name.type}:${name.value}`));
    const expected = `dns:${istiodDnsName}`;
    return [
        ...others.map((extension) => `extension ${extension.type}: found, only a SAN may be requested`),
        ...(names.length === 1 && names[0] === expected
            ? []
            : [`SAN: found ${names.join(", ") || "none"}, only ${expected} is allowed`]),
    ];
}

function keyFaults(request: Pkcs10CertificateRequest): string[] {
    const key = request.publicKey.algorithm as KeyAlgorithmFacts;
    const allowed = `RSA of at least ${smallestRsaModulus} bits or ECDSA on ${curves.join(" or ")} is allowed`;
    if (key.modulusLength !== undefined) {
        return key.modulusLength < smallestRsaModulus
            ? [`key: found RSA of ${key.modulusLength} bits, ${allowed}`]
            : [];
    }
    return curves.includes(key.namedCurve ?? "")
        ? []
        : [`key: found ${key.name} ${key.namedCurve ?? ""}`.trimEnd() + `, ${allowed}`];
}

function only(value: string | undefined): string {
    return value === undefined ? "not allowed" : `only ${value} is allowed`;
}

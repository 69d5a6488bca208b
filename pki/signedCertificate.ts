import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, Extension } from "@peculiar/asn1-x509";
import { CaCertificate } from "./caCertificate";
import { CertificateRequest } from "./csr";
import { pemBlocks } from "./pem";
import { CaProfile } from "./profile";
import { sanFaults } from "./requestExtensions";
import { subjectFaults } from "./subject";
import { keyUsageFlags, keyUsages } from "./keyUsages";

/** What a signer was asked for. */
export interface Asked {
    request: CertificateRequest;
    /** The cluster that asked. */
    cluster: string;
    /** The root's certificate, PEM. */
    rootCertPem: string;
    profile: CaProfile;
    /** Of the certificate. */
    pathLength?: number;
}

/** The extensions of an intermediate: key identifiers, key usage, SAN and basic constraints. */
const expectedExtensions = ["2.5.29.14", "2.5.29.35", "2.5.29.15", "2.5.29.17", "2.5.29.19"];
const extendedKeyUsage = "2.5.29.37";

/**
 * In what a certificate that was just signed differs from the request that was judged and from the profile, one sentence a fault;
 * empty if in nothing. Signers are programs of others, which read the request in their own way: nobody may see what they made of it
 * before it is known to be this.
 */
export function signedFaults(certPem: string, asked: Asked): string[] {
    const [block, ...others] = pemBlocks(certPem);
    const certificate = block?.type === "CERTIFICATE" ? CaCertificate.parse(block) : undefined;
    if (!certificate || others.length > 0) {
        return ["it is not one PEM certificate"];
    }
    const { subject, extensions = [] } = AsnConvert.parse(certificate.der, Certificate).tbsCertificate;
    return [
        ...subjectFaults(subject, asked.cluster),
        ...sanFaults([...extensions]),
        ...(certificate.publicKey.equals(asked.request.publicKey) ? [] : ["key: it is not the request's"]),
        ...profileFaults(certificate, [...extensions], asked),
        ...issuerFaults(certificate, asked),
    ];
}

/** What a user reads about a certificate that nobody may see. */
export function signedRefusal(cluster: string, faults: string[]): string {
    const heading = `What was signed for cluster ${cluster} is not what was asked for, and is not used:`;
    const remedy = "Find out what signed it: that provider or command changed the request.";
    return [heading, ...faults, remedy].join("\n  ");
}

function profileFaults(
    certificate: CaCertificate,
    extensions: Extension[],
    { profile, pathLength }: Asked,
): string[] {
    const { basicConstraints, keyUsages: usages } = certificate.extensions;
    const extended = profile.allowedUses.some((use) => keyUsages[use] === undefined);
    const expected = [...expectedExtensions, ...(extended ? [extendedKeyUsage] : [])];
    const found = extensions.map(({ extnID }) => extnID);
    return [
        ...(certificate.isCa && basicConstraints?.pathLength === pathLength
            ? []
            : ["basic constraints: they are not those of the profile"]),
        ...(Number(usages) === keyUsageFlags(profile.allowedUses)
            ? []
            : ["key usage: it is not that of the profile"]),
        ...found
            .filter((type) => !expected.includes(type))
            .map((type) => `extension ${type}: found, but not asked for`),
        ...(found.length > new Set(found).size ? ["extensions: one is there twice"] : []),
    ];
}

function issuerFaults(certificate: CaCertificate, { rootCertPem, profile }: Asked): string[] {
    const [root] = CaCertificate.all(rootCertPem);
    if (!root || !certificate.signedBy(root)) {
        return ["signature: it does not verify with the root's name and key"];
    }
    const { notBefore, notAfter } = certificate;
    // The signer has a clock of its own: it is given a duration, not a date.
    const latest = root.notAfter.getTime() + 3_600_000;
    const days = (notAfter.getTime() - notBefore.getTime()) / 86_400_000;
    return [
        ...(profile.nested && notAfter.getTime() > latest ? ["validity: it outlives its root"] : []),
        ...(days > profile.intermediateValidityDays + 1
            ? [`validity: ${Math.round(days)} days, ${profile.intermediateValidityDays} were asked for`]
            : []),
    ];
}

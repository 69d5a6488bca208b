import { createHash, KeyObject, randomBytes } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { keyUsageFlags } from "../../../pki/keyUsages";
import type { PropertyMap } from "../provider";
import { alternativeNamesExtension } from "./alternativeNames";
import { extension, publicKeyFrom, publicKeyInfo } from "./encoding";
import { algorithmOf, publicKeyOf, signatureAlgorithm, signWith } from "./keys";
import { toPem } from "./pem";
import { hoursAfter } from "./renewal";
import { sameName } from "./subject";
import { allowedUses, extendedKeyUsageOids } from "./usages";

/** Whom a certificate is for. */
export interface CertificateTemplate {
    subject: x509.Name;
    alternativeNames: x509.GeneralName[];
    publicKey: KeyObject;
}

/** Who signs it. */
export interface Issuer {
    key: KeyObject;
    /** None: the certificate signs itself. */
    certificate?: x509.Certificate;
}

/** The properties that every certificate resource has. */
export const certificateProperties = {
    allowedUses: { input: true, type: "list", oneOf: allowedUses },
    earlyRenewalHours: { input: true, default: 0, minimum: 0, updatable: true },
    isCaCertificate: { input: true, default: false },
    maxPathLength: { input: true, optionalComputed: true },
    setSubjectKeyId: { input: true, default: false },
    validityPeriodHours: { input: true, minimum: 0 },
    certPem: {},
    id: {},
    readyForRenewal: { default: false, updatable: true },
    validityEndTime: {},
    validityStartTime: {},
} as const;

/**
 * Signs a certificate as the official provider does, extension by extension in Go's order.
 *
 * @returns the outputs that all certificate resources share.
 */
export async function signCertificate(
    template: CertificateTemplate,
    issuer: Issuer,
    properties: PropertyMap,
): Promise<PropertyMap & { id: string }> {
    const isCa = properties["isCaCertificate"] === true;
    if (isCa && template.subject.length === 0) {
        throw new Error(
            "Invalid Certificate Subject: " +
                "Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
        );
    }
    const issuerKey = issuer.certificate ? certificatePublicKey(issuer.certificate) : template.publicKey;
    if (!issuerKey.equals(publicKeyOf(issuer.key))) {
        throw new Error(
            "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        );
    }
    const serialNumber = randomSerialNumber();
    const start = new Date();
    const end = hoursAfter(start, Number(properties["validityPeriodHours"]));
    const algorithm = signatureAlgorithm(issuer.key);
    const tbsCertificate = new x509.TBSCertificate({
        version: x509.Version.v3,
        serialNumber: toArrayBuffer(serialNumber),
        signature: algorithm,
        issuer: issuer.certificate?.tbsCertificate.subject ?? template.subject,
        validity: new x509.Validity({ notBefore: start, notAfter: end }),
        subject: template.subject,
        subjectPublicKeyInfo: publicKeyInfo(template.publicKey),
        extensions: new x509.Extensions(extensions(template, issuer, properties, isCa)),
    });
    const signatureValue = await signWith(issuer.key, AsnConvert.serialize(tbsCertificate));
    const certificate = new x509.Certificate({
        tbsCertificate,
        signatureAlgorithm: algorithm,
        signatureValue,
    });
    return {
        id: BigInt(`0x${Buffer.from(serialNumber).toString("hex")}`).toString(),
        certPem: toPem("CERTIFICATE", AsnConvert.serialize(certificate)),
        maxPathLength:
            typeof properties["maxPathLength"] === "number" ? properties["maxPathLength"] : undefined,
        readyForRenewal: Number(properties["earlyRenewalHours"]) >= Number(properties["validityPeriodHours"]),
        validityStartTime: start.toISOString(),
        validityEndTime: end.toISOString(),
    };
}

function extensions(
    template: CertificateTemplate,
    issuer: Issuer,
    properties: PropertyMap,
    isCa: boolean,
): x509.Extension[] {
    const uses = (properties["allowedUses"] as string[]) ?? [];
    const flags = keyUsageFlags(uses);
    const extended = extendedKeyUsageOids(uses);
    const subjectKeyId =
        isCa || properties["setSubjectKeyId"] === true ? keyId(template.publicKey) : undefined;
    const authorityKeyId = authorityKeyIdOf(template, issuer, properties, subjectKeyId);
    return [
        ...(flags ? [extension(x509.id_ce_keyUsage, true, new x509.KeyUsage(flags))] : []),
        ...(extended.length > 0
            ? [extension(x509.id_ce_extKeyUsage, false, new x509.ExtendedKeyUsage(extended))]
            : []),
        extension(x509.id_ce_basicConstraints, true, basicConstraints(properties, isCa)),
        ...(subjectKeyId
            ? [extension(x509.id_ce_subjectKeyIdentifier, false, new x509.SubjectKeyIdentifier(subjectKeyId))]
            : []),
        ...(authorityKeyId ? [extension(x509.id_ce_authorityKeyIdentifier, false, authorityKeyId)] : []),
        ...alternativeNamesExtension(template.alternativeNames, template.subject.length === 0),
    ];
}

/** Zero is not written: the official provider's path length of zero gets lost in the same way. */
function basicConstraints(properties: PropertyMap, isCa: boolean): x509.BasicConstraints {
    const pathLength = Number(properties["maxPathLength"] ?? 0) || 0;
    if (pathLength > 0 && !isCa) {
        throw new Error("Failed to create certificate: x509: only CAs are allowed to specify MaxPathLen");
    }
    return new x509.BasicConstraints({
        cA: isCa,
        pathLenConstraint: pathLength > 0 ? pathLength : undefined,
    });
}

/** The issuer's key identifier, if issuer and subject differ or `setAuthorityKeyId` asks for it. */
function authorityKeyIdOf(
    template: CertificateTemplate,
    issuer: Issuer,
    properties: PropertyMap,
    subjectKeyId: ArrayBuffer | undefined,
): x509.AuthorityKeyIdentifier | undefined {
    const issuerKeyId = issuer.certificate ? subjectKeyIdOf(issuer.certificate) : subjectKeyId;
    const asked = properties["setAuthorityKeyId"] === true;
    if (asked && !issuerKeyId) {
        throw new Error("Invalid Certificate Authority: Could not determine Authority Key Identifier");
    }
    const differs =
        issuer.certificate && !sameName(issuer.certificate.tbsCertificate.subject, template.subject);
    return issuerKeyId && (asked || differs)
        ? new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(issuerKeyId) })
        : undefined;
}

function subjectKeyIdOf(certificate: x509.Certificate): ArrayBuffer | undefined {
    const found = certificate.tbsCertificate.extensions?.find(
        ({ extnID }) => extnID === x509.id_ce_subjectKeyIdentifier,
    );
    return found && AsnConvert.parse(found.extnValue, x509.SubjectKeyIdentifier).buffer;
}

/** SHA-1 of the public key's bits; of an Ed25519 key, of the octet string that holds it, as the provider does. */
function keyId(publicKey: KeyObject): ArrayBuffer {
    const bits = Buffer.from(publicKeyInfo(publicKey).subjectPublicKey);
    const prefix = Buffer.from(algorithmOf(publicKey) === "ED25519" ? [4, bits.length] : []);
    return toArrayBuffer(createHash("sha1").update(prefix).update(bits).digest());
}

function certificatePublicKey(certificate: x509.Certificate): KeyObject {
    return publicKeyFrom(certificate.tbsCertificate.subjectPublicKeyInfo);
}

/** 128 random bits as the content of a DER integer: no needless leading zeros, one if the first bit is set. */
function randomSerialNumber(): Uint8Array {
    const number = randomBytes(16);
    const digits = number.subarray(number.findIndex((digit) => digit !== 0));
    return digits[0]! & 0x80 ? Uint8Array.from([0, ...digits]) : digits;
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
    return Uint8Array.from(bytes).buffer;
}

import { createPublicKey, KeyObject } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Extension, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";

/** PKCS #9's attribute that holds the extensions a request asks for. */
export const extensionRequestOid = "1.2.840.113549.1.9.14";

/** One extension of a certificate or a request. */
export function extension(extnID: string, critical: boolean, value: object): Extension {
    return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** A public key as certificates and requests hold it. */
export function publicKeyInfo(publicKey: KeyObject): SubjectPublicKeyInfo {
    return AsnConvert.parse(publicKey.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
}

/** The key in a certificate or a request. */
export function publicKeyFrom(info: SubjectPublicKeyInfo): KeyObject {
    return createPublicKey({ key: Buffer.from(AsnConvert.serialize(info)), type: "spki", format: "der" });
}

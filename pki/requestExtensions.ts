import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Attribute, Extension, Extensions, GeneralName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import { istiodDnsName } from "./profile";
import { shown } from "./subject";
import { SubjectAlternativeNameExtension } from "./x509";

/** PKCS #9's attribute with the extensions that a request asks for (RFC 2985, 5.4.2). */
const extensionRequest = "1.2.840.113549.1.9.14";
const subjectAlternativeName = "2.5.29.17";

/** What a request asks for: one SAN, istiod's. */
export function istiodSanRequest(): Attribute {
    const san = new SubjectAlternativeName([new GeneralName({ dNSName: istiodDnsName })]);
    const extensions = new Extensions([
        new Extension({
            extnID: subjectAlternativeName,
            extnValue: new OctetString(AsnConvert.serialize(san)),
        }),
    ]);
    return new Attribute({ type: extensionRequest, values: [AsnConvert.serialize(extensions)] });
}

/** What a request asks for in addition to istiod's SAN, or lacks of it, one sentence a fault; empty if it asks for that alone. */
export function attributeFaults(attributes: Attribute[]): string[] {
    const requests = attributes.filter(({ type }) => type === extensionRequest);
    const lists = requests.flatMap(({ values }) => values);
    try {
        const extensions = lists.flatMap((list) => [...AsnConvert.parse(list, Extensions)]);
        return [
            ...attributes
                .filter(({ type }) => type !== extensionRequest)
                .map(({ type }) => `attribute ${type}: found, only the extension request is allowed`),
            ...(requests.length > 1 || lists.length > requests.length
                ? ["extension request: found several, one is allowed"]
                : []),
            ...extensionFaults(extensions),
        ];
    } catch {
        return ["extension request: it is malformed"];
    }
}

function extensionFaults(extensions: Extension[]): string[] {
    return [
        ...extensions
            .filter((each) => !isSan(each))
            .map(({ extnID }) => `extension ${extnID}: found, only a SAN may be requested`),
        ...(extensions.some((each) => isSan(each) && each.critical)
            ? ["SAN: marked critical, which is not allowed"]
            : []),
        ...sanFaults(extensions),
    ];
}

/**
 * Why the SANs among extensions are not istiod's alone, which is the one that a request and its certificate have; empty if they are.
 *
 * @throws Error if one is malformed.
 */
export function sanFaults(extensions: Extension[]): string[] {
    const sans = extensions.filter(isSan);
    const names = sans.flatMap((san) =>
        new SubjectAlternativeNameExtension(AsnConvert.serialize(san)).names.items.map(
            ({ type, value }) => `${type}:${value}`,
        ),
    );
    const expected = `dns:${istiodDnsName}`;
    return [
        ...(sans.length > 1 ? [`SAN: ${sans.length} extensions, one is allowed`] : []),
        ...(names.length === 1 && names[0] === expected
            ? []
            : [`SAN: found ${shown(names.join(", ")) || "none"}, only ${expected} is allowed`]),
    ];
}

function isSan({ extnID }: Extension): boolean {
    return extnID === subjectAlternativeName;
}

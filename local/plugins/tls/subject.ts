import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { isMap } from "../properties";
import type { PropertyValue } from "../provider";

/** The attributes Go's crypto/x509 writes into a name, in its order. */
const attributes = [
    ["country", "2.5.4.6"],
    ["province", "2.5.4.8"],
    ["locality", "2.5.4.7"],
    ["streetAddresses", "2.5.4.9"],
    ["postalCode", "2.5.4.17"],
    ["organization", "2.5.4.10"],
    ["organizationalUnit", "2.5.4.11"],
    ["commonName", "2.5.4.3"],
    ["serialNumber", "2.5.4.5"],
] as const;

const emailAddressOid = "1.2.840.113549.1.9.1";

/** The distinguished name of a `subject` property. */
export function subjectName(subject: PropertyValue | undefined): Name {
    const parts = isMap(subject) ? subject : {};
    const name = orderedName((part) => [parts[part] ?? []].flat().map(String).filter(Boolean));
    if (parts["emailAddress"]) {
        const value = new AttributeValue({ ia5String: parts["emailAddress"] as string });
        name.push(
            new RelativeDistinguishedName([new AttributeTypeAndValue({ type: emailAddressOid, value })]),
        );
    }
    return name;
}

/** A request's name as the provider writes it into a certificate: known attributes only, in Go's order. */
export function normalizedName(name: Name): Name {
    const found = name.flatMap((rdn) => [...rdn]);
    return orderedName((_, oid) =>
        found.filter(({ type }) => type === oid).map(({ value }) => value.toString()),
    );
}

/** Whether two names are the same bytes. */
export function sameName(one: Name, other: Name): boolean {
    return Buffer.from(AsnConvert.serialize(one)).equals(Buffer.from(AsnConvert.serialize(other)));
}

function orderedName(valuesOf: (part: string, oid: string) => string[]): Name {
    const rdns = attributes.map(([part, type]) => {
        const values = valuesOf(part, type);
        const kept = part === "commonName" || part === "serialNumber" ? values.slice(-1) : values;
        return new RelativeDistinguishedName(
            kept
                .map((value) => new AttributeTypeAndValue({ type, value: attributeValue(value) }))
                .sort(compareDer),
        );
    });
    return new Name(rdns.filter((rdn) => rdn.length > 0));
}

/** Go's choice: a PrintableString if the value allows it. */
function attributeValue(value: string): AttributeValue {
    return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)
        ? new AttributeValue({ printableString: value })
        : new AttributeValue({ utf8String: value });
}

/** The order of a DER set. */
function compareDer(one: AttributeTypeAndValue, other: AttributeTypeAndValue): number {
    return Buffer.compare(Buffer.from(AsnConvert.serialize(one)), Buffer.from(AsnConvert.serialize(other)));
}

import { AttributeTypeAndValue, AttributeValue, Name } from "@peculiar/asn1-x509";
import { intermediateCommonName, organization } from "./profile";

/** The attributes of a name that are shown by their abbreviations (RFC 4514, 3). */
const abbreviations: Record<string, string> = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
};

/** What a PrintableString may hold (X.680, 41.4). */
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/**
 * What an intermediate's subject has beside O=Istio, CN=Intermediate CA and L=cluster, or lacks of them, one sentence a fault;
 * empty if it is that, in whatever order.
 */
export function subjectFaults(subject: Name, cluster: string): string[] {
    const allowed: Record<string, string> = { O: organization, CN: intermediateCommonName, L: cluster };
    const found = subject.map((rdn) => rdn.map(attributeOf));
    const types = found.flat().map(({ type }) => type);
    const shared = found.filter((rdn) => rdn.length !== 1).map((rdn) => rdn.map(({ type }) => type));
    return [
        ...found.flat().flatMap((attribute) => attributeFaults(attribute, allowed[attribute.type])),
        ...Object.keys(allowed)
            .filter((type) => !types.includes(type))
            .map((type) => `subject ${type}: missing, ${only(allowed[type])}`),
        ...(types.length > new Set(types).size
            ? ["subject: an attribute is there twice, each is allowed once"]
            : []),
        ...shared.map(
            (rdn) =>
                `subject: ${rdn.join(" and ") || "nothing"} in one relative distinguished name, one attribute is allowed in each`,
        ),
    ];
}

/** A text that came from outside, as far as it is fit to show. */
export function shown(text: string): string {
    return text.replace(/[^\x20-\x7e]/gu, "?").slice(0, 80);
}

interface Attribute {
    type: string;
    text: string;
    value: AttributeValue;
}

function attributeOf({ type, value }: AttributeTypeAndValue): Attribute {
    return { type: abbreviations[type] ?? type, text: value.toString(), value };
}

function attributeFaults({ type, text, value }: Attribute, allowed: string | undefined): string[] {
    if (text !== allowed) {
        return [`subject ${type}: found ${shown(text)}, ${only(allowed)}`];
    }
    const { printableString, utf8String } = value;
    return utf8String === undefined && (printableString === undefined || !printable.test(printableString))
        ? [`subject ${type}: its text has another type than PrintableString or UTF8String, which are allowed`]
        : [];
}

function only(value: string | undefined): string {
    return value === undefined ? "not allowed" : `only ${value} is allowed`;
}

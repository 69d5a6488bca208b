import { content, elements, objectIdentifier } from "./der";

/** The attributes of names that have a short form (RFC 4514, 3). */
const short: Record<string, string> = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
};

/** BMPString, whose characters have two bytes. */
const bmpString = 0x1e;

/** A name on one line, for people, in its own order. @param name - DER. @throws Error if it is not strict DER. */
export function nameText(name: Buffer): string {
    return elements(name)
        .map((relative) => elements(relative).map(attributeText).join("+"))
        .join(", ");
}

function attributeText(attribute: Buffer): string {
    const [type, value] = elements(attribute);
    const id = objectIdentifier(type!);
    const bytes = content(value!, value![0]!);
    const text = value![0] === bmpString ? Buffer.from(bytes).swap16().toString("utf16le") : bytes.toString();
    return `${short[id] ?? id}=${text}`;
}

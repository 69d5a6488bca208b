/** The tags of ASN.1's types (X.680, 8.4). */
export const tags = {
    boolean: 0x01,
    integer: 0x02,
    bitString: 0x03,
    octetString: 0x04,
    objectIdentifier: 0x06,
    utcTime: 0x17,
    generalizedTime: 0x18,
    sequence: 0x30,
};

/** Where DER's long form of a length begins (X.690, 8.1.3.5). */
const longForm = 0x80;

/**
 * The elements in a constructed DER element, each with its tag and length.
 *
 * @throws Error if lengths are not DER's (X.690, 10.1), or bytes are left over.
 */
export function elements(der: Buffer): Buffer[] {
    const { start, end } = span(der, 0);
    if (end !== der.length) {
        throw new Error("not DER: bytes are left over");
    }
    const found: Buffer[] = [];
    for (let at = start; at < end;) {
        const next = span(der, at).end;
        found.push(der.subarray(at, next));
        at = next;
    }
    return found;
}

/** The elements in a SEQUENCE. @throws Error as above, or if it is none. */
export function sequence(der: Buffer): Buffer[] {
    return elements(tagged(der, tags.sequence));
}

/** What is in an element with this tag, without tag and length. @throws Error as above, or if it has another tag. */
export function content(der: Buffer, tag: number): Buffer {
    const { start, end } = span(tagged(der, tag), 0);
    if (end !== der.length) {
        throw new Error("not DER: bytes are left over");
    }
    return der.subarray(start, end);
}

function tagged(der: Buffer, tag: number): Buffer {
    if (der[0] !== tag) {
        throw new Error(`not DER: tag ${der[0]}, not ${tag}`);
    }
    return der;
}

/** A flag. @throws Error as above. */
export function boolean(der: Buffer): boolean {
    const [value, ...more] = content(der, tags.boolean);
    if ((value !== 0 && value !== 0xff) || more.length > 0) {
        throw new Error("not DER: a BOOLEAN is neither FALSE nor TRUE");
    }
    return value !== 0;
}

/** A number that is not negative. @throws Error as above. */
export function natural(der: Buffer): number {
    const bytes = content(der, tags.integer);
    if (bytes.length === 0 || bytes.length > 6 || bytes[0]! >= 0x80) {
        throw new Error("not a small number");
    }
    return bytes.readUIntBE(0, bytes.length);
}

/** An object identifier, such as `2.5.29.15`. */
export function objectIdentifier(der: Buffer): string {
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of content(der, tags.objectIdentifier)) {
        arc = arc * 128 + (byte & 0x7f);
        if ((byte & 0x80) === 0) {
            arcs.push(arc);
            arc = 0;
        }
    }
    const [first = 0, ...rest] = arcs;
    const root = Math.min(Math.floor(first / 40), 2);
    return [root, first - root * 40, ...rest].join(".");
}

/** A time, in either of its forms (RFC 5280, 4.1.2.5). @throws Error if it is none. */
export function time(der: Buffer): Date {
    const utc = der[0] === tags.utcTime;
    const text = content(der, utc ? tags.utcTime : tags.generalizedTime).toString("latin1");
    const century = utc ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") : "";
    const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text) ?? [];
    const [year, month, day, hour, minute, second] = parts;
    const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (Number.isNaN(date.getTime())) {
        throw new Error("not a time");
    }
    return date;
}

/** The names of a certificate as its bytes have them, which is how Go and BoringSSL compare them. @throws Error as above. */
export function certificateNames(certificate: Buffer): { issuer: Buffer; subject: Buffer } {
    const tbsCertificate = elements(elements(certificate)[0]!);
    const version = tbsCertificate[0]![0] === 0xa0 ? 1 : 0;
    return { issuer: tbsCertificate[version + 2]!, subject: tbsCertificate[version + 4]! };
}

/** The key of a certificate or of a request, SubjectPublicKeyInfo. @throws Error as above. */
export function publicKeyInfo(der: Buffer, kind: "certificate" | "request"): Buffer {
    const fields = elements(elements(der)[0]!);
    const version = fields[0]![0] === 0xa0 ? 1 : 0;
    return fields[kind === "certificate" ? version + 5 : 2]!;
}

/** The subject's name in a certificate request. @throws Error as above. */
export function requestName(request: Buffer): Buffer {
    return elements(elements(request)[0]!)[1]!;
}

/** The issuer's name in a certificate revocation list. @throws Error as above. */
export function crlIssuer(crl: Buffer): Buffer {
    const list = elements(elements(crl)[0]!);
    const version = list[0]![0] === 0x02 ? 1 : 0;
    return list[version + 1]!;
}

/** Where an element's content starts and ends. */
function span(der: Buffer, at: number): { start: number; end: number } {
    const first = der[at + 1] ?? 0;
    const digits = Math.max(first - longForm, 0);
    const start = at + 2 + digits;
    const length = digits === 0 ? first : der.readUIntBE(at + 2, Math.min(digits, 6));
    const shortest = digits === 0 || (length >= longForm && length >= 256 ** (digits - 1));
    if ((der[at]! & 0x1f) === 0x1f || digits > 4 || first === longForm || !shortest) {
        throw new Error("not DER: a tag or length is not in its shortest form");
    }
    if (start + length > der.length) {
        throw new Error("not DER: it ends early");
    }
    return { start, end: start + length };
}

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

/** The names of a certificate as its bytes have them, which is how Go and BoringSSL compare them. @throws Error as above. */
export function certificateNames(certificate: Buffer): { issuer: Buffer; subject: Buffer } {
    const tbsCertificate = elements(elements(certificate)[0]!);
    const version = tbsCertificate[0]![0] === 0xa0 ? 1 : 0;
    return { issuer: tbsCertificate[version + 2]!, subject: tbsCertificate[version + 4]! };
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

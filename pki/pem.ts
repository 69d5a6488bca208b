/** What a text that people take for PEM should hold. */
export type PemContent = "certificates" | "other";

/** A PEM block: its label (RFC 7468), content, and where it is in its text. */
export interface PemBlock {
    type: string;
    der: Buffer;
    /** Whether there are header lines in it (RFC 1421), as in an encrypted key. */
    headers: boolean;
    /** Where its BEGIN line starts. */
    start: number;
    /** Where the line after its END line starts. */
    end: number;
}

/*
 * The one reader of PEM for all that is TypeScript here; `tests/unit/pki/onePemReader.test.ts` holds that there is no other. It is not
 * Go's own, which `verdict/istiod` runs: that costs a tenth of a second to start, and every run reads PEM, in each check of a file, each
 * request and the certificates of thousands of proxies. So it follows Go step by step: `tests/unit/pki/pem.test.ts` compares it with the Go
 * of that program, and `tests/integration/pem.test.ts` with thousands of texts that Go reads.
 */

const beginMark = "-----BEGIN ";
const endMark = "\n-----END ";
const dashes = "-----";

/**
 * The PEM blocks of a text, in its order, as Go's encoding/pem finds them, and so istiod, pilot-agent and the tls provider: a block
 * starts where a line does and its END line ends with white space alone. What is between blocks is ignored, and so is a block that
 * is damaged.
 *
 * A byte that is not ASCII is none of PEM's, so that it does not matter how the text was decoded.
 */
export function pemBlocks(text: string): PemBlock[] {
    const blocks: PemBlock[] = [];
    for (let block = decode(text, 0); block; block = decode(text, block.end)) {
        blocks.push(block);
    }
    return blocks;
}

/** A text's first PEM block. */
export function firstBlock(text: string): PemBlock | undefined {
    return decode(text, 0);
}

/** Whether Go takes a block for a certificate in a text that may hold several (CertPool.AppendCertsFromPEM of crypto/x509). */
export function inPool({ type, headers }: PemBlock): boolean {
    return type === "CERTIFICATE" && !headers;
}

/** A block as Go's encoding/pem writes it: lines of 64 characters, the last one ended too. */
export function encodePem(type: string, der: Uint8Array): string {
    const lines =
        Buffer.from(der)
            .toString("base64")
            .match(/.{1,64}/g) ?? [];
    return [`${beginMark}${type}${dashes}`, ...lines, `-----END ${type}${dashes}`, ""].join("\n");
}

/** The first block from that offset: `Decode` of Go's encoding/pem/pem.go, step by step. */
function decode(text: string, from: number): PemBlock | undefined {
    for (;;) {
        const end = text.indexOf(endMark, from);
        if (end === -1) {
            return undefined;
        }
        const trailer = end + endMark.length;
        const start = lastBegin(text, from, end);
        const found = start === undefined ? undefined : blockBetween(text, start, end);
        if (found === "unended" || (typeof found === "number" && found > trailer)) {
            return undefined;
        }
        if (typeof found === "object") {
            return found;
        }
        from = trailer;
    }
}

/** The BEGIN that is next to an END, if it starts a line. Those before it have no END. */
function lastBegin(text: string, from: number, end: number): number | undefined {
    const start = from + text.slice(from, end).lastIndexOf(beginMark);
    return start >= from && (start === from || text[start - 1] === "\n") ? start : undefined;
}

/** @returns the block; otherwise how far it was read, or that the text ends within it. */
function blockBetween(text: string, start: number, end: number): PemBlock | number | "unended" {
    const trailer = end + endMark.length;
    const opening = lineAt(text, start + beginMark.length);
    let body = opening.next;
    if (!opening.line.endsWith(dashes)) {
        return body;
    }
    const type = opening.line.slice(0, -dashes.length);
    let headers = false;
    for (;;) {
        if (body === text.length) {
            return "unended";
        }
        const { line, next } = lineAt(text, body);
        if (!line.includes(":")) {
            break;
        }
        headers = true;
        body = next;
    }
    if (headers && end < body) {
        return body;
    }
    const closing = type + dashes;
    const rest = lineAt(text, trailer + closing.length);
    const der = decodeBase64(text.slice(body, Math.max(body, end)));
    return text.startsWith(closing, trailer) && rest.line === "" && der !== undefined
        ? { type, der, headers, start, end: rest.next }
        : body;
}

/** The line that starts there, without its end and the white space before that. */
function lineAt(text: string, start: number): { line: string; next: number } {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    let last = text[found - 1] === "\r" ? end - 1 : end;
    while (text[last - 1] === " " || text[last - 1] === "\t") {
        last--;
    }
    return { line: text.slice(start, last), next: Math.min(end + 1, text.length) };
}

/** Standard encoding with its padding; undefined if it is damaged. */
function decodeBase64(text: string): Buffer | undefined {
    const digits = text.replace(/[ \t\r\n]/g, "");
    const padding = /={0,2}$/.exec(digits)![0].length;
    const whole = digits.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(digits.slice(0, digits.length - padding));
    return whole ? Buffer.from(digits, "base64") : undefined;
}

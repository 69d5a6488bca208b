/** One block of PEM text. */
export interface PemBlock {
    label: string;
    /** The block with its first and last line. */
    text: string;
    der: Buffer;
}

/** The first block in the text, if there is one. */
export function firstPem(text: string): PemBlock | undefined {
    const match = /^-----BEGIN ([^\n-]+)-----\r?\n([\s\S]*?)-----END \1-----/m.exec(text);
    return match ? { label: match[1]!, text: match[0], der: Buffer.from(match[2]!, "base64") } : undefined;
}

/** @throws Error when the first block has another label, or there is none. */
export function expectPem(text: string, label: string): Buffer {
    const block = firstPem(text);
    if (!block) {
        throw new Error(`failed to decode PEM of expected type "${label}" from bytes`);
    }
    if (block.label !== label) {
        throw new Error(`invalid PEM type - expected "${label}", got "${block.label}"`);
    }
    return block.der;
}

/** Lines of 64 characters, the last one ended too. */
export function toPem(label: string, der: ArrayBuffer | Uint8Array): string {
    const bytes =
        der instanceof ArrayBuffer ? Buffer.from(der) : Buffer.from(der.buffer, der.byteOffset, der.length);
    const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

import { PemConverter } from "./x509";

/** A PEM block: its label (RFC 7468) and content. */
export interface PemBlock {
    type: string;
    der: Buffer;
}

const pemBlock = /-----BEGIN ([^-\r\n]+)-----[^]*?-----END \1-----/g;

/** The PEM blocks of a text, in its order. What is between them is ignored, and so is a block whose base64 is damaged. */
export function pemBlocks(text: string): PemBlock[] {
    return (text.match(pemBlock) ?? []).flatMap((block) => {
        try {
            return PemConverter.decodeWithHeaders(block).map(({ type, rawData }) => ({
                type,
                der: Buffer.from(rawData),
            }));
        } catch {
            return [];
        }
    });
}

/** A text's first PEM block. */
export function firstBlock(text: string): PemBlock | undefined {
    return pemBlocks(text)[0];
}

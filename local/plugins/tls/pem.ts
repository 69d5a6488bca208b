import { encodePem, firstBlock } from "../../../pki/pem";

/** @throws Error if the first block has another label, or there is none. */
export function expectPem(text: string, label: string): Buffer {
    const block = firstBlock(text);
    if (!block) {
        throw new Error(`failed to decode PEM of expected type "${label}" from bytes`);
    }
    if (block.type !== label) {
        throw new Error(`invalid PEM type - expected "${label}", got "${block.type}"`);
    }
    return block.der;
}

/** Lines of 64 characters, the last one ended too. */
export function toPem(label: string, der: ArrayBuffer | Uint8Array): string {
    return encodePem(label, der instanceof ArrayBuffer ? new Uint8Array(der) : der);
}

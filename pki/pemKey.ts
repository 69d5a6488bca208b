import { createPrivateKey, createPublicKey, KeyObject } from "node:crypto";
import { pemBlocks } from "./pem";

/**
 * The private key in a text: that of its first block that says so. OpenSSL, which parses it, is given that block alone, so that it finds
 * no other than `pem.ts` does.
 *
 * @param passphrase - of an encrypted key
 * @throws Error if there is none, or it cannot be read; nothing of the text is in the message.
 */
export function privateKeyOf(text: string, passphrase?: string): KeyObject {
    return createPrivateKey({ key: blockOf(text, "PRIVATE KEY"), passphrase });
}

/** The public key in a text, or the public half of its private key. @throws Error as above. */
export function publicKeyIn(text: string): KeyObject {
    return createPublicKey(blockOf(text, "KEY"));
}

function blockOf(text: string, label: string): string {
    const block = pemBlocks(text).find(({ type }) => type.endsWith(label));
    if (!block) {
        throw new Error(`no PEM block of a ${label.toLowerCase()}`);
    }
    return text.slice(block.start, block.end);
}

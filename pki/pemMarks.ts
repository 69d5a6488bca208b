/**
 * The labels of all PEM blocks that a text begins, for the most lenient reader: anywhere in a line, damaged, in UTF-16. It reads no block,
 * which `pem.ts` alone does: it shows what people and other programs may see in a text.
 */
export function begunLabels(text: string): string[] {
    return [...text.replaceAll("\0", "").matchAll(/-----BEGIN ?([^\n-]*)/g)].map(([, label]) => label!);
}

/** Whether a text has a private key for any reader. */
export function holdsPrivateKey(text: string): boolean {
    return begunLabels(text).some((label) => /^[A-Z0-9 ]*PRIVATE KEY/.test(label));
}

/** Whether PEM is the first thing in a text. */
export function startsWithPem(text: string): boolean {
    return /^\s*-----BEGIN /.test(text);
}

/** A text with something else in place of whatever may be a PEM block; a block without its end reaches to the text's. */
export function withoutPem(text: string, instead: string): string {
    return text.replaceAll(/-----BEGIN [^]*?(-----END [^-]*-----|$)/g, instead);
}

import { pemBlocks } from "../pki/pem";
import { pem } from "./pki";
import { privateKeyOf } from "../pki/pemKey";

/** A secret that was found: which, where, and how it was written. Not the secret itself. */
export interface Leak {
    secret: string;
    source: string;
    /** From the outside in, such as `base64 of base64`; empty if it is there as it is. */
    form: string;
}

/** This many bytes in a row count as the secret: a line of PEM, cut off as programs do, is a leak as well. */
const chunkLength = 16;

/** The name of a private key that is not among those searched for, or too short a part of one to know. */
export const anyKey = "a private key";

/** How often something may be wrapped: a Secret's data is base64 of PEM, which is base64 again, in JSON as hex, say. */
const depth = 3;

/** The secrets of a run, and the search for them. */
export class LeakSearch {
    private readonly chunks: { secret: string; chunk: Buffer }[];

    /** @param secrets - by name: private keys as PEM, tokens and passphrases as they are. */
    constructor(secrets: Record<string, string>) {
        const chunks = Object.entries(secrets).flatMap(([secret, text]) => {
            const own = secretParts(text).flatMap(chunksOf);
            if (own.length === 0) {
                throw new Error(`${secret} is too short to be searched for`);
            }
            return own.map((chunk) => ({ secret, chunk }));
        });
        // The same key comes in many places and formats: once is enough.
        this.chunks = [...new Map(chunks.map((each) => [each.chunk.toString("hex"), each])).values()];
    }

    /** Which of the secrets a text or a file contains, in whatever form; and which other private keys, in PEM. */
    leaks(source: string, content: string | Buffer): Leak[] {
        const found = new Map<string, Leak>();
        for (const { form, bytes } of views(Buffer.from(content), [], depth)) {
            const secrets = this.chunks.flatMap(({ secret, chunk }) =>
                bytes.includes(chunk) ? [secret] : [],
            );
            for (const secret of holdsKey(bytes) ? [...secrets, anyKey] : secrets) {
                found.set(`${secret} ${form}`, { secret, source, form });
            }
        }
        return [...found.values()];
    }
}

/** What only its holder knows: the private numbers of a key, whatever they are wrapped in. */
function secretParts(text: string): Buffer[] {
    const blocks = pemBlocks(text).filter(({ type }) => type.endsWith("PRIVATE KEY"));
    if (blocks.length > 0) {
        return blocks.flatMap(({ type, der }) => privateNumbers(pem(der, type)) ?? [der]);
    }
    const [, , signature] = /^(eyJ[^.]+)\.(eyJ[^.]+)\.([^.]+)$/.exec(text.trim())?.slice(1) ?? [];
    // The rest of a token identifies its holder, and appears in many places.
    return [Buffer.from(signature ?? text.trim())];
}

/** Undefined for what is not a key, such as a damaged one. */
function privateNumbers(keyPem: string): Buffer[] | undefined {
    try {
        const { d, p, q, dp, dq, qi } = privateKeyOf(keyPem).export({ format: "jwk" });
        return [d, p, q, dp, dq, qi].flatMap((number) => (number ? [Buffer.from(number, "base64url")] : []));
    } catch {
        return undefined;
    }
}

function chunksOf(bytes: Buffer): Buffer[] {
    const count = Math.floor(bytes.length / chunkLength);
    return Array.from({ length: count }, (_, index) =>
        bytes.subarray(index * chunkLength, (index + 1) * chunkLength),
    );
}

function holdsKey(bytes: Buffer): boolean {
    return /-----BEGIN[A-Z0-9]*PRIVATEKEY-----[A-Za-z0-9+/]{20}/.test(
        withoutBreaks(bytes.toString("latin1")),
    );
}

interface View {
    form: string;
    bytes: Buffer;
}

/** The bytes as they are, and what they are the base64 or the hex of, and so on. */
function* views(bytes: Buffer, form: string[], more: number): Generator<View> {
    yield { form: form.join(" of "), bytes };
    if (more === 0) {
        return;
    }
    const text = withoutBreaks(bytes.toString("latin1"));
    // It is unknown where in a run of letters the encoded ones begin.
    for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{22,}/g)) {
        for (const offset of [0, 1, 2, 3]) {
            yield* views(Buffer.from(run.slice(offset), "base64"), [...form, "base64"], more - 1);
        }
    }
    for (const [run] of text.matchAll(/[0-9A-Fa-f:]{32,}/g)) {
        const digits = run.replaceAll(":", "");
        for (const offset of [0, 1]) {
            yield* views(Buffer.from(digits.slice(offset), "hex"), [...form, "hex"], more - 1);
        }
    }
}

/** Without line breaks and blanks, escaped ones too, however often, and with JSON's and URLs' escapes undone. */
function withoutBreaks(text: string): string {
    return text
        .replace(/\\+u([0-9A-Fa-f]{4})|%([0-9A-Fa-f]{2})/g, (_, unicode?: string, percent?: string) =>
            String.fromCharCode(parseInt((unicode ?? percent)!, 16)),
        )
        .replace(/\\+[nrt]|\s/g, "")
        .replace(/\\+\//g, "/");
}

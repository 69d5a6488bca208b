import * as fc from "fast-check";
import type { SigningCa } from "../pki/caFiles";
import { encodePem, pemBlocks } from "../pki/pem";

/** The parts of a CA that are mutated. */
type Part = keyof SigningCa;
const parts: Part[] = ["caCert", "caKey", "certChain", "rootCert", "crl"];

/** A way to change a text. */
export type Mutation = (text: string, other: string) => string;

const inDer =
    (change: (der: Buffer) => Buffer): Mutation =>
    (text) => {
        const blocks = pemBlocks(text);
        return blocks.length === 0
            ? text
            : blocks
                  .map(({ type, der }, index) =>
                      encodePem(type, index === 0 ? change(Buffer.from(der)) : der),
                  )
                  .join("");
    };

/** What people and tools do to PEM and DER, by kind; each is given two numbers between 0 and 1. */
export const mutations: Record<string, (one: number, two: number) => Mutation> = {
    "a byte of DER": (one, two) =>
        inDer((der) => {
            der[Math.floor(one * der.length)] = Math.floor(two * 256);
            return der;
        }),
    "a bit of DER": (one, two) =>
        inDer((der) => {
            der[Math.floor(one * der.length)]! ^= 1 << Math.floor(two * 8);
            return der;
        }),
    "bytes after DER": (one) => inDer((der) => Buffer.concat([der, Buffer.alloc(1 + Math.floor(one * 3))])),
    "DER cut short": (one) => inDer((der) => der.subarray(0, Math.floor(one * der.length))),
    "a character of PEM": (one, two) => (text) => {
        const at = Math.floor(one * text.length);
        return text.slice(0, at) + "\n -=AzX\0\r\t"[Math.floor(two * 10)]! + text.slice(at + 1);
    },
    "a character less": (one) => (text) => {
        const at = Math.floor(one * text.length);
        return text.slice(0, at) + text.slice(at + 1);
    },
    "another label": (one) => (text) =>
        text.replaceAll(
            /-----(BEGIN|END) [^-]+-----/g,
            `-----$1 ${["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "CERTIFICATE", "X509 CRL", "CRL", "RSA PRIVATE KEY"][Math.floor(one * 6)]!}-----`,
        ),
    "the same again": () => (text) => text + text,
    "another's before it": () => (text, other) => other + text,
    "another's after it": () => (text, other) => text + other,
    "another's in place of it": () => (_, other) => other,
    "blocks turned round": () => (text) =>
        pemBlocks(text)
            .map(({ type, der }) => encodePem(type, der))
            .reverse()
            .join(""),
    nothing: () => () => "",
};

/** A CA that was changed, and how. */
export interface MutatedBundle {
    kind: string;
    ca: SigningCa;
}

/** CAs of a corpus, each with one of its files changed; of half of them another, too. */
export function mutatedBundles(corpus: SigningCa[]): fc.Arbitrary<MutatedBundle> {
    const fraction = fc.double({ min: 0, max: 0.999999, noNaN: true });
    const change = fc.record({
        kind: fc.constantFrom(...Object.keys(mutations)),
        part: fc.constantFrom(...parts),
        other: fc.constantFrom(...corpus),
        one: fraction,
        two: fraction,
    });
    return fc
        .tuple(fc.constantFrom(...corpus), fc.array(change, { minLength: 1, maxLength: 2 }))
        .map(([ca, changes]) => ({
            kind: changes.map(({ kind }) => kind).join("; "),
            ca: changes.reduce(
                (changed, { kind, part, other, one, two }) => ({
                    ...changed,
                    [part]: {
                        ...changed[part],
                        text: mutations[kind]!(one, two)(changed[part].text, other[part].text),
                    },
                }),
                ca,
            ),
        }));
}

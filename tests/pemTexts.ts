import * as fc from "fast-check";

/** What PEM is made of, and what gets in its way. */
const pieces = [
    ..."\n,\r\n, ,\t,\r,\v,\f,\0,\u00a0,\ufeff,\u2028,é,x,:,=,==,#,-,-----,----,A,AAAA,AAA=,AA==,A===,MIIB,!".split(
        ",",
    ),
    ",",
    "-----BEGIN ",
    "-----BEGIN",
    "-----END ",
    "\n-----END ",
    "-----BEGIN X-----",
    "-----BEGIN X-----\n",
    "\n-----END X-----",
    "-----END X-----\n",
    "-----BEGIN Y-----\n",
    "\n-----END Y-----\n",
    "X",
    "CERTIFICATE",
    "Proc-Type: 4,ENCRYPTED\n",
    "key: value",
    "-----END X:-----",
    "-----BEGIN X-----\nAAAA\n-----END X-----\n",
    "-----BEGIN X-----\n-----END X-----\n",
    "-----BEGIN X-----\na: b\n\nAAAA\n-----END X-----\n",
];

/** Texts about PEM, of pieces and of whole blocks that are cut and joined in any way. */
export function pemTexts(blocks: string[]): fc.Arbitrary<string> {
    const piece = fc.constantFrom(...pieces);
    const cut = fc
        .tuple(fc.constantFrom(...blocks), fc.nat(), piece, fc.nat(40))
        .map(([text, at, insert, length]) => {
            const start = at % (text.length + 1);
            return text.slice(0, start) + insert + text.slice(start + length);
        });
    const part = fc.oneof(
        { weight: 6, arbitrary: piece },
        { weight: 1, arbitrary: fc.constantFrom(...blocks) },
        { weight: 1, arbitrary: cut },
        { weight: 1, arbitrary: fc.string() },
    );
    return fc.array(part, { maxLength: 16 }).map((parts) => parts.join(""));
}

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const checkout = path.resolve(__dirname, "..", "..", "..");

/** Whose marks of PEM are their subject: the reader, what finds marks without reading, and what explains why Go reads less than there is. */
const marks = ["pki/pem.ts", "pki/pemMarks.ts", "pki/pemFault.ts"];

/** What reads PEM by other means, and where it is given DER. */
const readers: [what: string, pattern: RegExp, except: string[]][] = [
    ["a library's reader", /\bPemConverter\b/, []],
    ["a certificate from a text", /\bnew X509Certificate\((?!new Uint8Array|firstBlock|der\b)/, []],
    ["a request from a text", /\bnew Pkcs10CertificateRequest\((?!new Uint8Array)/, []],
    [
        "a key from a text",
        /\bcreatePrivateKey\((?!\{ key: der,)/,
        ["pki/pemKey.ts", "local/plugins/tls/keys.ts"],
    ],
    // Of a KeyObject, or of DER.
    ["a public key from a text", /\bcreatePublicKey\((?!\{|key\))/, ["pki/pemKey.ts"]],
    [
        "marks that are cut off or counted",
        /\b(split|replace|replaceAll|match|matchAll|exec)\([^)]*(-----\[|BEGIN CERT|-----END [A-Z0-9 ]+-----\\n\))/,
        [],
    ],
];

function sources(pattern: string): string[] {
    const exclude = ["node_modules/**", "dist/**", "tests/fixtures/**", ".local/**"];
    const files = fs.globSync(pattern, { cwd: checkout, exclude });
    assert.ok(files.length > 0, pattern);
    return files;
}

function text(file: string): string {
    return fs.readFileSync(path.join(checkout, file), "utf8");
}

/** Code without comments. */
function code(file: string): string {
    return text(file).replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
}

describe("PEM", () => {
    it("is read by pki/pem.ts, and its marks are known to nothing else of the program and its commands", () => {
        const files = sources("**/*.{ts,cjs,mjs}").filter((file) => !/^(tests|marks)\//.test(file));
        assert.ok(files.length > 200, String(files.length));
        const knowing = files.filter((file) => code(file).includes("-----"));
        assert.deepEqual(knowing.sort(), marks.toSorted());
    });

    for (const [what, pattern, except] of readers) {
        it(`is not read by ${what}, in tests neither`, () => {
            const files = sources("**/*.{ts,cjs,mjs}").filter(
                (file) => file !== "tests/unit/pki/onePemReader.test.ts",
            );
            const reading = files.filter((file) => pattern.test(code(file)) && !except.includes(file));
            assert.deepEqual(
                reading,
                marks.filter((file) => reading.includes(file) && what.startsWith("marks")),
            );
        });
    }

    it("is found to be read by what did so before", () => {
        const earlier: Record<string, string> = {
            "a library's reader": "PemConverter.decode(pem)",
            "a certificate from a text": "new X509Certificate(pem).serialNumber",
            "a request from a text": "new Pkcs10CertificateRequest(csrPem)",
            "a key from a text": "createPrivateKey({ key: keyPem, passphrase })",
            "a public key from a text": "createPublicKey(publicKeyPem)",
            "marks that are cut off or counted": 'pem.replace(/-----[^-]+-----|\\s/g, "")',
        };
        for (const [what, pattern] of readers) {
            assert.match(earlier[what]!, pattern, what);
        }
        assert.match("chain.match(/BEGIN CERTIFICATE/g)", readers.at(-1)![1]);
        assert.match("text.split(/(?<=-----END X509 CRL-----\\n)/)", readers.at(-1)![1]);
    });
});

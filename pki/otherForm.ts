import type { PemContent } from "./pem";
import { begunLabels } from "./pemMarks";

/** A form of certificates or keys other than PEM. */
export interface OtherForm {
    found: string;
    /** How openssl writes it as PEM. */
    remedy: string;
}

/** The content type of PKCS #7 signed data, 1.2.840.113549.1.7.2, and of plain data in PKCS #12, …7.1; DER (RFC 2315, RFC 7292). */
const signedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const plainData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

const byBytes: [shows: (text: string) => boolean, OtherForm][] = [
    [
        (text) => text.startsWith("\xfe\xed\xfe\xed"),
        {
            found: "it is a Java key store",
            remedy: "Export it with `keytool -importkeystore` as PKCS #12, and that with `openssl pkcs12 -in FILE`.",
        },
    ],
    [
        (text) => isDer(text) && text.slice(0, 30).includes(signedData),
        {
            found: "it is PKCS #7 in DER",
            remedy: "`openssl pkcs7 -inform DER -in FILE -print_certs` writes its certificates as PEM.",
        },
    ],
    [
        (text) => isDer(text) && text.slice(0, 40).includes(plainData),
        {
            found: "it is PKCS #12",
            remedy: "`openssl pkcs12 -in FILE -nokeys` writes its certificates as PEM, and `openssl pkcs12 -in FILE -nocerts -noenc` its key.",
        },
    ],
];

/** The form of a text without PEM; undefined if it is PEM, or of no known form. @param text - may be bytes, a character each */
export function otherForm(text: string, content: PemContent): OtherForm | undefined {
    const labels = begunLabels(text);
    if (labels.includes("PKCS7") || labels.includes("CMS")) {
        return {
            found: "it is PKCS #7",
            remedy: "`openssl pkcs7 -in FILE -print_certs` writes its certificates as PEM.",
        };
    }
    if (labels.length > 0) {
        return undefined;
    }
    const known = byBytes.find(([shows]) => shows(text))?.[1];
    if (known) {
        return known;
    }
    const command = content === "certificates" ? "openssl x509" : "openssl crl` or `openssl pkey";
    if (isDer(text)) {
        return {
            found: "it is DER",
            remedy: `Write it as PEM with \`${command}\`, each with \`-inform DER -in FILE\`.`,
        };
    }
    return /^\s*MI[A-Za-z0-9+/]{2}[A-Za-z0-9+/\s]{60,}={0,2}\s*$/.test(text)
        ? {
              found: "it is base64 without BEGIN and END lines",
              remedy: `Write it as PEM: \`openssl base64 -d -in FILE -out DER\`, then \`${command}\` with \`-inform DER -in DER\`.`,
          }
        : undefined;
}

/** A SEQUENCE with a length of more than 127 bytes: every certificate, CRL and key is one. */
function isDer(text: string): boolean {
    return /^\x30[\x81-\x84]/.test(text);
}

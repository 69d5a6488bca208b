import { pemBlocks } from "../pki/pem";
import { privateKeyOf } from "../pki/pemKey";

/** How a key may get out, by name: what a test plants. */
export const leakForms: Record<string, (pem: string) => string | Buffer> = {
    PEM: (pem) => pem,
    "PEM, indented": (pem) => pem.replace(/^/gm, "        "),
    "PEM with CRLF": (pem) => pem.replaceAll("\n", "\r\n"),
    "PEM in a diff": (pem) => pem.replace(/^/gm, "  + "),
    "PEM in JSON": (pem) => JSON.stringify({ key: pem }),
    "PEM in JSON in JSON": (pem) => JSON.stringify({ stdin: JSON.stringify({ key: pem }) }),
    "the first line of PEM": (pem) => pem.split("\n").slice(0, 2).join("\n"),
    "base64 of PEM": (pem) => Buffer.from(pem).toString("base64"),
    "base64 of PEM, wrapped": (pem) => Buffer.from(pem).toString("base64").replace(/.{76}/g, "$&\n"),
    DER: (pem) => pemBlocks(pem)[0]!.der,
    "base64 of DER": (pem) => pemBlocks(pem)[0]!.der.toString("base64"),
    "base64url of DER": (pem) => pemBlocks(pem)[0]!.der.toString("base64url"),
    "hex of DER": (pem) => pemBlocks(pem)[0]!.der.toString("hex"),
    "hex of DER, as openssl prints it": (pem) =>
        pemBlocks(pem)[0]!.der.toString("hex").replace(/../g, "$&:").replace(/.{45}/g, "    $&\n"),
    "hex of PEM": (pem) => Buffer.from(pem).toString("hex").toUpperCase(),
    "another encoding of the key": (pem) => {
        const key = privateKeyOf(pem);
        return key.export({ format: "pem", type: key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1" });
    },
    "JSON Web Key": (pem) => JSON.stringify(privateKeyOf(pem).export({ format: "jwk" })),
};

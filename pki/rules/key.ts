import { createPrivateKey, createPublicKey } from "node:crypto";
import { CaCertificate } from "../caCertificate";
import { CaFile } from "../caFiles";
import { firstBlock, PemBlock } from "../pem";
import { Finding } from "./finding";
import { refused } from "./refused";

/** What istiod refuses of the key (ParsePemEncodedKey of istio security/pkg/pki/util/crypto.go, then tls.X509KeyPair). */
export function keyRefusal(caKey: CaFile, certificate: CaCertificate): Finding | undefined {
    const block = firstBlock(caKey.text);
    const form = block && keyForms[block.type];
    const key = form && parseKey(block, form);
    if (!key) {
        const found = !block
            ? "it holds no PEM block"
            : form
              ? `its ${block.type} cannot be parsed`
              : `its first PEM block is ${label(block.type)}`;
        return {
            ...refused("unparsable-key", caKey),
            found,
            remedy: `Let its first block be one of ${Object.keys(keyForms).join(", ")}, unencrypted: \`openssl pkcs8 -topk8 -nocrypt\` makes one of any key.`,
        };
    }
    if (!["rsa", "ec", "ed25519"].includes(String(key.asymmetricKeyType))) {
        return {
            ...refused("key-type", caKey),
            found: `it is a key of type ${key.asymmetricKeyType}`,
            remedy: "Use ECDSA P-256 or P-384, or RSA of at least 2048 bits.",
        };
    }
    return createPublicKey(key).equals(certificate.publicKey)
        ? undefined
        : {
              ...refused("key-mismatch", caKey),
              found: `it is not the key of ${certificate.subject}`,
              remedy: "Provide the key that the certificate was made for.",
          };
}

/** What ParsePemEncodedKey of crypto.go takes. */
const keyForms: Record<string, "sec1" | "pkcs1" | "pkcs8"> = {
    "EC PRIVATE KEY": "sec1",
    "RSA PRIVATE KEY": "pkcs1",
    "PRIVATE KEY": "pkcs8",
};

function parseKey({ der }: PemBlock, type: "sec1" | "pkcs1" | "pkcs8") {
    try {
        return createPrivateKey({ key: der, format: "der", type });
    } catch {
        return undefined;
    }
}

/** A block's label as far as it is safe to show: anything may stand in a damaged file. */
function label(type: string): string {
    return /^[A-Z0-9 ]{1,40}$/.test(type) ? type : "of an unknown kind";
}

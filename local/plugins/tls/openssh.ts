import { createHash, KeyObject, randomBytes } from "node:crypto";
import { algorithmOf, curveOf, publicKeyOf } from "./keys";
import { toPem } from "./pem";

/** The key in OpenSSH's own format, not encrypted; empty for a curve that OpenSSH does not know (P-224). */
export function opensshPrivateKey(key: KeyObject): string {
    const blob = publicBlob(publicKeyOf(key));
    if (!blob) {
        return "";
    }
    const check = randomBytes(4);
    const comment = field("");
    const secret = Buffer.concat([check, check, privateFields(key), comment]);
    const padding = Buffer.from(Array.from({ length: -secret.length & 7 }, (_, index) => index + 1));
    const none = [field("none"), field("none"), field("")];
    return toPem(
        "OPENSSH PRIVATE KEY",
        Buffer.concat([
            Buffer.from("openssh-key-v1\0"),
            ...none,
            Buffer.from([0, 0, 0, 1]),
            field(blob),
            field(Buffer.concat([secret, padding])),
        ]),
    );
}

/** The line of an `authorized_keys` file; empty for P-224. */
export function opensshPublicKey(publicKey: KeyObject): string {
    const blob = publicBlob(publicKey);
    return blob ? `${keyType(publicKey)} ${blob.toString("base64")}\n` : "";
}

/** The fingerprints `ssh-keygen -l` shows; empty for P-224. */
export function opensshFingerprints(publicKey: KeyObject): { md5: string; sha256: string } {
    const blob = publicBlob(publicKey);
    if (!blob) {
        return { md5: "", sha256: "" };
    }
    const md5 = createHash("md5").update(blob).digest("hex").match(/../g)!.join(":");
    const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
    return { md5, sha256: `SHA256:${sha256}` };
}

function publicBlob(publicKey: KeyObject): Buffer | undefined {
    const type = keyType(publicKey);
    return type === undefined ? undefined : Buffer.concat([field(type), publicFields(publicKey)]);
}

function keyType(key: KeyObject): string | undefined {
    switch (algorithmOf(key)) {
        case "RSA":
            return "ssh-rsa";
        case "ECDSA":
            return curveOf(key) === "P224" ? undefined : `ecdsa-sha2-${curveName(key)}`;
        case "ED25519":
            return "ssh-ed25519";
    }
}

function publicFields(publicKey: KeyObject): Buffer {
    const jwk = publicKey.export({ format: "jwk" });
    switch (algorithmOf(publicKey)) {
        case "RSA":
            return Buffer.concat([integer(jwk.e!), integer(jwk.n!)]);
        case "ECDSA":
            return Buffer.concat([field(curveName(publicKey)), field(point(jwk))]);
        case "ED25519":
            return field(bytes(jwk.x!));
    }
}

function privateFields(key: KeyObject): Buffer {
    const jwk = key.export({ format: "jwk" });
    const type = field(keyType(key)!);
    switch (algorithmOf(key)) {
        case "RSA":
            return Buffer.concat([
                type,
                ...[jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => integer(part!)),
            ]);
        case "ECDSA":
            return Buffer.concat([type, field(curveName(key)), field(point(jwk)), integer(jwk.d!)]);
        case "ED25519":
            return Buffer.concat([
                type,
                field(bytes(jwk.x!)),
                field(Buffer.concat([bytes(jwk.d!), bytes(jwk.x!)])),
            ]);
    }
}

function curveName(key: KeyObject): string {
    return `nistp${curveOf(key)!.slice(1)}`;
}

function point(jwk: { x?: string; y?: string }): Buffer {
    return Buffer.concat([Buffer.from([4]), bytes(jwk.x!), bytes(jwk.y!)]);
}

function bytes(base64url: string): Buffer {
    return Buffer.from(base64url, "base64url");
}

/** A byte string after its length. */
function field(value: string | Buffer): Buffer {
    const content = Buffer.from(value as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
}

/** An integer that is not negative: no needless leading zeros, one if the first bit is set. */
function integer(base64url: string): Buffer {
    const digits = bytes(base64url);
    const start = digits.findIndex((digit) => digit !== 0);
    const significant = digits.subarray(start);
    return field(significant[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), significant]) : significant);
}

import { JsonName } from "../pki/x509";
import { encodePem, pemBlocks } from "../pki/pem";
import type { CaBundle } from "./caBundles";
import { issued, newKey, privatePem, selfSigned } from "./pki";

/** A name as X509CertificateGenerator takes it, whose strings have this type. */
const typed = (type: "printableString" | "utf8String", ...attributes: [string, string][]) =>
    attributes.map(([name, value]) => ({ [name]: [{ [type]: value }] })) as unknown as JsonName;

/** Bundles whose text or names istiod reads otherwise than people see them; the rules are those that they break, in their order. */
export async function caBundlesPem(): Promise<Record<string, CaBundle>> {
    const [keys, otherKeys, caKeys] = [await newKey(), await newKey(), await newKey()];
    const rootNamed = async (type: "printableString" | "utf8String") =>
        selfSigned(keys, { subject: typed(type, ["O", "Istio"], ["CN", "Root CA"]) });
    const [root, other] = [
        await rootNamed("utf8String"),
        await selfSigned(otherKeys, { subject: "CN=Other" }),
    ];
    const ca = await issued(caKeys, { keys, pem: root });
    const good = {
        "ca-cert.pem": ca,
        "ca-key.pem": await privatePem(caKeys),
        "cert-chain.pem": ca,
        "root-cert.pem": root,
    };
    const changed = (changes: Record<string, string>, ...rules: string[]): CaBundle => ({
        files: { ...good, ...changes },
        rules,
    });
    const all = (change: (text: string) => string) =>
        Object.fromEntries(Object.entries(good).map(([name, text]) => [name, change(text)]));
    const bom = (text: string) => `\ufeff${text}`;
    const indented = (text: string) => text.replaceAll(/^(?=.)/gm, "  ");
    const headers = (text: string) => text.replace("-----\n", "-----\nX: y\n\n");
    const labelled = (text: string) => text.replaceAll(" CERTIFICATE", " X509 CERTIFICATE");
    const trailing = (text: string) =>
        encodePem("CERTIFICATE", Buffer.concat([pemBlocks(text)[0]!.der, Buffer.from([5, 0])]));
    const inBytesOfAnother = await rootNamed("printableString");
    const printable = await issued(caKeys, { keys, pem: inBytesOfAnother });
    return {
        "good, UTF8Strings": changed({}),
        "good, PrintableStrings": changed({
            "ca-cert.pem": printable,
            "cert-chain.pem": printable,
            "root-cert.pem": inBytesOfAnother,
        }),
        "good, Windows line ends": changed(all((text) => text.replaceAll("\n", "\r\n"))),
        "good, no newlines at the end": changed(all((text) => text.trimEnd())),
        "good, comments before": changed(all((text) => `Bag Attributes\n    localKeyID: 01\n${text}`)),
        "good, spaces after the dashes": changed(all((text) => text.replaceAll("-----\n", "----- \t\n"))),
        "byte order mark in ca-cert.pem": changed(
            { "ca-cert.pem": bom(ca) },
            "pem-unread",
            "unparsable-certificate",
        ),
        "byte order mark in ca-key.pem": changed(
            { "ca-key.pem": bom(good["ca-key.pem"]) },
            "pem-unread",
            "unparsable-key",
        ),
        "byte order mark in cert-chain.pem": changed(
            { "cert-chain.pem": bom(ca) },
            "pem-unread",
            "chain-start",
            "chain-incomplete",
        ),
        "byte order mark in root-cert.pem": changed(
            { "root-cert.pem": bom(root) },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "byte order mark before two roots": changed({ "root-cert.pem": bom(other + root) }, "pem-unread"),
        "chain glued to its root": changed(
            { "cert-chain.pem": ca.trimEnd() + root },
            "pem-unread",
            "chain-start",
            "chain-incomplete",
        ),
        "roots glued": changed(
            { "root-cert.pem": root.trimEnd() + other },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "roots glued after a good one": changed(
            { "root-cert.pem": root + other.trimEnd() + other },
            "pem-unread",
        ),
        "root indented": changed(
            { "root-cert.pem": indented(root) },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "root with literal newlines": changed(
            { "root-cert.pem": root.replaceAll("\n", "\\n") },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "headers in the root": changed(
            { "root-cert.pem": headers(root) },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "headers in another root": changed({ "root-cert.pem": root + headers(other) }, "pem-unread"),
        "headers in ca-cert.pem": changed({ "ca-cert.pem": headers(ca) }, "pem-unread"),
        "OpenSSL's label in ca-cert.pem": changed(
            { "ca-cert.pem": labelled(ca) },
            "pem-unread",
            "unparsable-certificate",
        ),
        "OpenSSL's label before the certificate": changed({ "ca-cert.pem": labelled(ca) + ca }, "pem-unread"),
        "OpenSSL's label before another certificate": changed(
            { "ca-cert.pem": labelled(ca) + root },
            "pem-unread",
            "key-mismatch",
        ),
        "OpenSSL's label in root-cert.pem": changed(
            { "root-cert.pem": labelled(root) },
            "pem-unread",
            "untrusted",
            "chain-foreign",
        ),
        "a root that is not ended": changed(
            { "root-cert.pem": other.split("\n").slice(0, 3).join("\n") + "\n" + root },
            "pem-unread",
        ),
        "bytes after the certificate": changed({ "ca-cert.pem": trailing(ca) }, "unparsable-certificate"),
        "bytes after the root": changed({ "root-cert.pem": trailing(root) }, "untrusted", "chain-foreign"),
        "issuer in bytes of another string type": changed(
            { "root-cert.pem": inBytesOfAnother },
            "untrusted",
            "chain-foreign",
        ),
        "root of another string type beside the right one": changed({
            "root-cert.pem": inBytesOfAnother + root,
        }),
    };
}

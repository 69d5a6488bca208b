import { JsonName } from "../pki/x509";
import { encodePem, pemBlocks } from "../pki/pem";
import type { CaBundle } from "./caBundle";
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
    const changed = (changes: Record<string, string>, ...rules: CaBundle["rules"]): CaBundle => ({
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
            "pem-unread: it begins with a byte order mark",
            "unparsable-certificate: first PEM block",
        ),
        "byte order mark in ca-key.pem": changed(
            { "ca-key.pem": bom(good["ca-key.pem"]) },
            "pem-unread: it begins with a byte order mark",
            "unparsable-key: no PEM block",
        ),
        "byte order mark in cert-chain.pem": changed(
            { "cert-chain.pem": bom(ca) },
            "pem-unread: it begins with a byte order mark",
            "chain-start: first PEM block",
            "chain-incomplete: Intermediate CA",
        ),
        "byte order mark in root-cert.pem": changed(
            { "root-cert.pem": bom(root) },
            "pem-unread: it begins with a byte order mark",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "byte order mark before two roots": changed(
            { "root-cert.pem": bom(other + root) },
            "pem-unread: it begins with a byte order mark",
        ),
        "chain glued to its root": changed(
            { "cert-chain.pem": ca.trimEnd() + root },
            "pem-unread: two blocks are glued",
            "chain-start: first PEM block",
            "chain-incomplete: Intermediate CA",
        ),
        "roots glued": changed(
            { "root-cert.pem": root.trimEnd() + other },
            "pem-unread: two blocks are glued",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "roots glued after a good one": changed(
            { "root-cert.pem": root + other.trimEnd() + other },
            "pem-unread: two blocks are glued",
        ),
        "root indented": changed(
            { "root-cert.pem": indented(root) },
            "pem-unread: it is indented",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "root with literal newlines": changed(
            { "root-cert.pem": root.replaceAll("\n", "\\n") },
            "pem-unread: two characters",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "headers in the root": changed(
            { "root-cert.pem": headers(root) },
            "pem-unread: header lines",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "headers in another root": changed(
            { "root-cert.pem": root + headers(other) },
            "pem-unread: header lines",
        ),
        "headers in ca-cert.pem": changed({ "ca-cert.pem": headers(ca) }, "pem-unread: header lines"),
        "OpenSSL's label in ca-cert.pem": changed(
            { "ca-cert.pem": labelled(ca) },
            "pem-unread: a block is labelled",
            "unparsable-certificate: labelled CERTIFICATE",
        ),
        "OpenSSL's label before the certificate": changed(
            { "ca-cert.pem": labelled(ca) + ca },
            "pem-unread: a block is labelled",
        ),
        "OpenSSL's label before another certificate": changed(
            { "ca-cert.pem": labelled(ca) + root },
            "pem-unread: a block is labelled",
            "key-mismatch: Root CA",
        ),
        "OpenSSL's label in root-cert.pem": changed(
            { "root-cert.pem": labelled(root) },
            "pem-unread: a block is labelled",
            "untrusted: its issuer, O=Istio, CN=Root CA, is not among",
            "chain-foreign: Intermediate CA",
        ),
        "a root that is not ended": changed(
            { "root-cert.pem": other.split("\n").slice(0, 3).join("\n") + "\n" + root },
            "pem-unread: a block is damaged",
        ),
        "bytes after the certificate": changed(
            { "ca-cert.pem": trailing(ca) },
            "unparsable-certificate: first PEM block",
        ),
        "bytes after the root": changed(
            { "root-cert.pem": trailing(root) },
            "untrusted: istiod cannot read the certificate in line 1 of root-cert.pem: x509: trailing data",
            "chain-foreign: Intermediate CA",
        ),
        "bytes after another root, which stands first": changed(
            { "root-cert.pem": trailing(other) + root },
            "webhook-roots: trailing data",
        ),
        "issuer in bytes of another string type": changed(
            { "root-cert.pem": inBytesOfAnother },
            "untrusted: writes it in other bytes",
            "chain-foreign: Intermediate CA",
        ),
        "root of another string type beside the right one": changed({
            "root-cert.pem": inBytesOfAnother + root,
        }),
    };
}

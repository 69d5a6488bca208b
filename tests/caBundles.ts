import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, GeneralName, Version } from "@peculiar/asn1-x509";
import { CaFiles } from "../pki/caFiles";
import { keySigner } from "../pki/signer";
import { pemBlocks } from "../pki/pem";
import {
    AuthorityKeyIdentifierExtension,
    Extension,
    KeyUsageFlags,
    SubjectKeyIdentifierExtension,
} from "../pki/x509";
import {
    Authority,
    authority,
    clientAuth,
    constraints,
    crl,
    ecdsa,
    files,
    openssl,
    pem,
    rsa,
    serverAuth,
    Template,
} from "./caAuthority";
import type { CaBundle } from "./caBundle";
import { caBundlesPem } from "./caBundlesPem";
import { integer, oid, sequence, tlv } from "./der";
import { pem as encodePem, privatePem } from "./pki";

export type { CaBundle } from "./caBundle";

/** Every rule, and whether breaking it stops an `up`. */
export const severities = {
    "no-ca": "error",
    "pem-unread": "error",
    incomplete: "error",
    "unparsable-certificate": "error",
    "unparsable-key": "error",
    "key-type": "error",
    "key-mismatch": "error",
    untrusted: "error",
    "not-a-ca": "error",
    "chain-start": "error",
    crl: "error",
    "root-change": "error",
    "workloads-refused": "error",
    "chain-incomplete": "error",
    "same-subject": "error",
    "issuer-key": "error",
    "crl-incomplete": "error",
    "crl-revoked": "error",
    "other-root": "error",
    "private-key": "error",
    "too-large": "error",
    "too-long": "error",
    "istiod-rejected": "error",
    "envoy-rejected": "error",
    "root-order": "error",
    "strict-peers": "warning",
    "webhook-roots": "warning",
    "tls-crt-wins": "warning",
    "istio-generated": "warning",
    "chain-foreign": "warning",
    "chain-doubled": "warning",
    "chain-end-entity": "warning",
    "chain-order": "warning",
    "outlives-issuer": "warning",
    "soon-over": "warning",
    "weak-key": "warning",
    "weak-signature": "warning",
    "no-crl-sign": "warning",
} as const;

export type Rule = keyof typeof severities;

/** A trust domain that is not Istio's own. */
export const otherTrustDomain = "mesh.example.org";

/** Writes the files of a CA into a new folder. @returns the folder. */
export function writeCaFiles(folder: string, files: CaFiles): string {
    fs.mkdirSync(folder, { mode: 0o700, recursive: true });
    for (const [name, text] of Object.entries(files)) {
        if (text !== undefined) {
            fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
        }
    }
    return folder;
}

/** Good bundles and bad ones, by name. All are made for each run: their dates are about now. */
export async function caBundles(): Promise<Record<string, CaBundle>> {
    const root = await authority({ subject: "O=Istio, CN=Root CA", to: 3650 });
    const other = await authority({ subject: "O=Other, CN=Root CA", to: 3650 });
    const ca = await authority({}, root);
    const foreign = await authority({ subject: "O=Other, CN=Intermediate CA" }, other);
    const good = await files(ca, root);
    const of = async (template: Template, above: Authority = root) => {
        const made = await authority(template, above);
        return files(made, above);
    };
    const under = async (template: Template) => {
        const above = await authority({ subject: "O=Istio, CN=Root CA", to: 3650, ...template });
        return files(await authority({}, above), above);
    };
    const middle = await authority({ subject: "O=Istio, CN=Middle CA", to: 1000 }, root);
    const low = await authority({}, middle);
    const expiredRootPem = (await authority({ subject: root.subject, keys: root.keys, from: -9, to: -1 }))
        .pem;
    /** A certificate that agents sort before or after the root: they sort texts. */
    const sorted = async (order: "before" | "after", template: Template): Promise<string> => {
        const { pem: text } = await authority({ subject: root.subject, ...template });
        return text < root.pem === (order === "before") ? text : sorted(order, template);
    };
    const expired = { keys: root.keys, from: -9, to: -1 };
    const expiredRoot = (order: "before" | "after") => sorted(order, expired);
    const rsaRoot = await authority({ subject: root.subject, to: 3650, algorithm: rsa(2048) });
    /** Three levels, each CA with a path length. */
    const levels = async (rootLength?: number, middleLength?: number, lowLength?: number) => {
        const above = await authority({ subject: root.subject, to: 3650, pathLength: rootLength });
        const between = await authority(
            { subject: middle.subject, to: 1000, pathLength: middleLength },
            above,
        );
        const below = await authority({ pathLength: lowLength }, between);
        return { ...(await files(below, above)), "cert-chain.pem": below.pem + between.pem };
    };
    const constrained = (permitted: Partial<GeneralName>[], excluded: Partial<GeneralName>[] = []) =>
        under({ extensions: [constraints(permitted, excluded)] });
    const namedRoot = await authority({
        subject: root.subject,
        to: 3650,
        extensions: [new SubjectKeyIdentifierExtension("11".repeat(32))],
    });
    const mixed = await pem(low, { "root-cert.pem": root.pem });
    const nameless = await authority({ subject: "", to: 3650 });
    const [namesakeBefore, namesakeAfter] = [await sorted("before", {}), await sorted("after", {})];
    const namesakes = [
        namesakeBefore,
        ...(await Promise.all(
            Array.from({ length: 99 }, async () => (await authority({ subject: root.subject })).pem),
        )),
    ];
    const crossed = [
        (await authority({ subject: root.subject, keys: root.keys, to: 3000 }, other)).pem,
        (await authority({ subject: other.subject, keys: other.keys, to: 3000 }, root)).pem,
    ];
    const crls = (await crl(ca)) + (await crl(root));
    const withoutCrlSign = await authority({ usages: KeyUsageFlags.keyCertSign }, root);
    return {
        good: { files: good, rules: [] },
        "good, root in the chain": { files: { ...good, "cert-chain.pem": ca.pem + root.pem }, rules: [] },
        "good, as kubernetes.io/tls": {
            files: { "tls.crt": ca.pem, "tls.key": await privatePem(ca.keys), "ca.crt": root.pem },
            rules: [],
        },
        "good, RSA": { files: await of({ algorithm: rsa(2048) }), rules: [] },
        "good, three levels": { files: { ...mixed, "cert-chain.pem": low.pem + middle.pem }, rules: [] },
        "good, comment before the root": {
            files: { ...good, "root-cert.pem": `# trusts\n${root.pem}` },
            rules: [],
        },
        "good, CRLs": {
            files: { ...good, "cert-chain.pem": ca.pem + root.pem, "ca-crl.pem": crls },
            rules: [],
        },
        "good, PKCS #1 key": await withKey(rsa(2048), "rsa", ["-traditional"], []),
        "good, SEC 1 key": await withKey(ecdsa, "ec", [], []),
        "EC PARAMETERS before the key": await withKey(
            ecdsa,
            "ec-parameters",
            [],
            ["unparsable-key: EC PARAMETERS"],
        ),
        "nothing at all": { files: {}, rules: ["no-ca: none of the CA's files"] },
        "a file missing": {
            files: { ...good, "cert-chain.pem": undefined },
            rules: ["incomplete: next to ca-cert.pem, ca-key.pem, root-cert.pem"],
        },
        "tls.crt without its key": {
            files: { ...good, "tls.crt": ca.pem },
            rules: ["incomplete: next to tls.crt", "tls-crt-wins: next to ca-cert.pem"],
        },
        "both forms": {
            files: { ...good, "tls.crt": ca.pem, "tls.key": good["ca-key.pem"], "ca.crt": root.pem },
            rules: ["tls-crt-wins: next to ca-cert.pem"],
        },
        "istio-generated": {
            files: { ...good, "istio-generated": "" },
            rules: ["istio-generated: a CA of its own"],
        },
        "empty certificate": {
            files: { ...good, "ca-cert.pem": "" },
            rules: ["unparsable-certificate: missing"],
        },
        "more than a Secret holds": {
            files: { ...good, "root-cert.pem": root.pem + `# ${"x".repeat(60)}\n`.repeat(2 ** 15) },
            rules: ["too-large: most of them in this one"],
        },
        "more roots than a handshake holds": {
            files: { ...good, "root-cert.pem": root.pem.repeat(300) },
            rules: ["too-long: all 300 of this file"],
        },
        "a key where the certificate belongs": {
            files: { ...good, "ca-cert.pem": good["ca-key.pem"] },
            rules: ["private-key: holds a private key"],
        },
        "damaged certificate": {
            files: { ...good, "ca-cert.pem": ca.pem.replace(/\n[^\n]+/, "\nMIIB") },
            rules: ["unparsable-certificate: not an X.509 certificate"],
        },
        "root missing in root-cert.pem": {
            files: { ...good, "root-cert.pem": other.pem },
            rules: ["untrusted: O=Istio, CN=Root CA, is not among", "chain-foreign: Intermediate CA"],
        },
        "empty root": {
            files: { ...good, "root-cert.pem": "" },
            rules: ["untrusted: O=Istio, CN=Root CA, is not among", "chain-foreign: Intermediate CA"],
        },
        expired: { files: await of({ from: -10, to: -1 }), rules: ["untrusted: expired at"] },
        "not yet valid": { files: await of({ from: 1, to: 10 }), rules: ["untrusted: not valid before"] },
        "expired root": {
            files: { ...good, "root-cert.pem": expiredRootPem },
            rules: ["untrusted: CN=Root CA", "outlives-issuer: Intermediate CA"],
        },
        "an expired root that agents sort before the renewed one": {
            files: { ...good, "root-cert.pem": root.pem + (await expiredRoot("before")) },
            rules: [
                "root-order: sorted, as agents hand them to Envoy, it rejects them: certificate has expired",
            ],
        },
        "an expired root that agents sort after the renewed one": {
            files: { ...good, "root-cert.pem": (await expiredRoot("after")) + root.pem },
            rules: [
                "root-order: as they are in the file, it rejects them: certificate has expired",
                "outlives-issuer: Intermediate CA",
            ],
        },
        "a root of the same name and another key that agents sort before ours": {
            files: { ...good, "root-cert.pem": root.pem + namesakeBefore },
            rules: ["root-order: it rejects them: certificate signature failure, at O=Istio, L=cluster1"],
        },
        "an expired root before the renewed one, in both orders": {
            files: { ...good, "root-cert.pem": (await expiredRoot("before")) + root.pem },
            rules: ["envoy-rejected: certificate has expired", "outlives-issuer: Intermediate CA"],
        },
        "good, an expired root after the renewed one, in both orders": {
            files: { ...good, "root-cert.pem": root.pem + (await expiredRoot("after")) },
            rules: [],
        },
        "signed by another key of the root's name": {
            files: await files(ca, await authority({ subject: root.subject })),
            rules: ["untrusted: signed by another key", "chain-foreign: Intermediate CA"],
        },
        "root is not a CA": { files: await under({ ca: false }), rules: ["untrusted: is not a CA"] },
        "root without basic constraints": {
            files: await under({ ca: "absent" }),
            rules: ["untrusted: is not a CA"],
        },
        "root of version 3 without extensions": {
            files: await under({ bare: true }),
            rules: ["untrusted: is not a CA"],
        },
        "root of version 1 with extensions": {
            files: await underVersion1(),
            rules: ["envoy-rejected: BoringSSL cannot read a certificate in it"],
        },
        "root may not sign": {
            files: await under({ usages: KeyUsageFlags.digitalSignature }),
            rules: ["untrusted: lacks keyCertSign", "no-crl-sign: CN=Root CA"],
        },
        "without serverAuth": {
            files: await of({ extended: [clientAuth] }),
            rules: ["untrusted: lacks serverAuth"],
        },
        "unknown critical extension": {
            files: await of({ extensions: [new Extension("1.2.3.4", true, new Uint8Array([5, 0]))] }),
            rules: ["untrusted: critical extension 1.2.3.4"],
        },
        "signed with SHA-1": {
            files: await of({ hash: "SHA-1" }),
            rules: ["untrusted: signed with SHA-1", "weak-signature: L=cluster1"],
        },
        "signed with SHA-1 and RSA": {
            files: await files(await authority({ hash: "SHA-1" }, rsaRoot), rsaRoot),
            rules: ["untrusted: signed with SHA-1", "weak-signature: L=cluster1"],
        },
        "signed with SHA-512": { files: await of({ hash: "SHA-512" }), rules: [] },
        "root signed with SHA-1, which nobody asks of a root": {
            files: await under({ hash: "SHA-1" }),
            rules: ["weak-signature: CN=Root CA"],
        },
        "name constraints exclude istiod": {
            files: await under({ extensions: [constraints([{ dNSName: "example.com" }])] }),
            rules: ["untrusted: do not permit istiod.istio-system.svc"],
        },
        "encrypted key": {
            files: {
                ...good,
                "ca-key.pem": openssl(good["ca-key.pem"], "pkcs8", "-topk8", "-passout", "pass:x"),
            },
            rules: ["unparsable-key: ENCRYPTED PRIVATE KEY"],
        },
        "damaged key": {
            files: { ...good, "ca-key.pem": good["ca-key.pem"].replace(/\n[^\n]+/, "\nMIIB") },
            rules: ["unparsable-key: cannot be parsed"],
        },
        "a certificate where the key belongs": {
            files: { ...good, "ca-key.pem": ca.pem },
            rules: ["unparsable-key: CERTIFICATE"],
        },
        "key of another certificate": {
            files: { ...good, "ca-key.pem": await privatePem(foreign.keys) },
            rules: ["key-mismatch: Intermediate CA"],
        },
        "key of a kind that signs nothing": {
            files: {
                ...good,
                "ca-key.pem": generateKeyPairSync("x25519").privateKey.export({
                    format: "pem",
                    type: "pkcs8",
                }) as string,
            },
            rules: ["key-type: x25519"],
        },
        "not a CA": { files: await of({ ca: false }), rules: ["not-a-ca: CA:FALSE"] },
        "chain begins with an expired certificate": {
            files: { ...good, "cert-chain.pem": (await authority({ from: -9, to: -1 }, root)).pem + ca.pem },
            rules: ["chain-start: expired at", "chain-foreign: Intermediate CA"],
        },
        "empty chain": {
            files: { ...good, "cert-chain.pem": "" },
            rules: ["chain-incomplete: Intermediate CA"],
        },
        "chain is not a certificate": {
            files: { ...good, "cert-chain.pem": "-" },
            rules: ["chain-start: not an X.509 certificate", "chain-incomplete: Intermediate CA"],
        },
        "CRL of the root missing": {
            files: { ...good, "cert-chain.pem": ca.pem + root.pem, "ca-crl.pem": await crl(ca) },
            rules: ["crl: signed by O=Istio, CN=Root CA"],
        },
        "CRL of the root missing, the root not in the chain": {
            files: { ...good, "ca-crl.pem": await crl(ca) },
            rules: ["crl-incomplete: CRL of O=Istio, CN=Root CA"],
        },
        "expired CRL": {
            files: { ...good, "ca-crl.pem": (await crl(ca, { to: -0.001 })) + (await crl(root)) },
            rules: ["crl-incomplete: expired at"],
        },
        "good, expired CRL before the next one": {
            files: { ...good, "ca-crl.pem": (await crl(ca, { to: -0.001 })) + crls },
            rules: [],
        },
        "good, CRL that names another key than a CA that names none": {
            files: { ...good, "ca-crl.pem": (await crl(ca, { keyId: "00".repeat(20) })) + (await crl(root)) },
            rules: [],
        },
        "CRL that revokes the CA": {
            files: { ...good, "ca-crl.pem": (await crl(ca)) + (await crl(root, { revokes: ca.pem })) },
            rules: ["crl-revoked: it revokes O=Istio, L=cluster1"],
        },
        "CRL is none": { files: { ...good, "ca-crl.pem": ca.pem }, rules: ["crl: not a CRL"] },
        "CRL of a CA without a subject missing": {
            files: {
                ...(await files(await authority({ subject: "" }, root), root)),
                "ca-crl.pem": await crl(root),
            },
            rules: ["crl: signed by (no subject)"],
        },
        "CRL by a CA without cRLSign": {
            files: { ...(await files(withoutCrlSign, root)), "ca-crl.pem": await crl(withoutCrlSign) },
            rules: [
                "crl: lacks cRLSign",
                "crl-incomplete: CRL of O=Istio, CN=Root CA",
                "no-crl-sign: L=cluster1",
            ],
        },
        "without clientAuth": {
            files: await of({ extended: [serverAuth] }),
            rules: ["workloads-refused: lacks clientAuth"],
        },
        "root with path length 0": {
            files: await under({ pathLength: 0 }),
            rules: ["istiod-rejected: too many intermediates for path length constraint"],
        },
        "CA may not sign": {
            files: await of({ usages: KeyUsageFlags.cRLSign }),
            rules: ["workloads-refused: lacks keyCertSign"],
        },
        "name constraints exclude the trust domain": {
            files: await of({ extensions: [constraints([{ uniformResourceIdentifier: "example.com" }])] }),
            rules: ["workloads-refused: do not permit spiffe://cluster.local/"],
        },
        "name constraints permit the trust domain": {
            files: await of({ extensions: [constraints([{ uniformResourceIdentifier: "cluster.local" }])] }),
            rules: [],
        },
        "name constraints permit another trust domain": {
            files: await of({ extensions: [constraints([{ uniformResourceIdentifier: otherTrustDomain }])] }),
            rules: [],
            options: { trustDomain: otherTrustDomain },
        },
        "name constraints permit istiod among others": {
            files: await constrained([{ dNSName: "example.com" }, { dNSName: "istio-system.svc" }]),
            rules: [],
        },
        "name constraints permit all below a domain, with a period": {
            files: await constrained([{ dNSName: ".svc" }]),
            rules: [],
        },
        "name constraints permit several, and istiod is none of them": {
            files: await constrained([{ dNSName: "example.com" }, { dNSName: "example.org" }]),
            rules: ["untrusted: do not permit istiod.istio-system.svc"],
        },
        "name constraints exclude istiod's domain": {
            files: await constrained([], [{ dNSName: "example.com" }, { dNSName: "svc" }]),
            rules: ["untrusted: do not permit istiod.istio-system.svc"],
        },
        "name constraints permit istiod and exclude it": {
            files: await constrained([{ dNSName: "svc" }], [{ dNSName: "istiod.istio-system.svc" }]),
            rules: ["untrusted: do not permit istiod.istio-system.svc"],
        },
        "name constraints exclude others": {
            files: await constrained(
                [],
                [{ dNSName: "example.com" }, { uniformResourceIdentifier: "example.com" }],
            ),
            rules: [],
        },
        "name constraints permit the trust domain among others": {
            files: await constrained([
                { uniformResourceIdentifier: "example.com" },
                { uniformResourceIdentifier: "cluster.local" },
            ]),
            rules: [],
        },
        "name constraints permit what is below the trust domain's parent": {
            files: await constrained([{ uniformResourceIdentifier: ".local" }]),
            rules: [],
        },
        "name constraints permit what is below the trust domain, not itself": {
            files: await constrained([{ uniformResourceIdentifier: ".cluster.local" }]),
            rules: ["workloads-refused: do not permit spiffe://cluster.local/"],
        },
        "name constraints exclude the trust domain by its name": {
            files: await constrained([], [{ uniformResourceIdentifier: "cluster.local" }]),
            rules: ["workloads-refused: do not permit spiffe://cluster.local/"],
        },
        "name constraints permit every DNS name": {
            files: await constrained([{ dNSName: "" }]),
            rules: [],
        },
        "name constraints permit a host whose name ends with istiod's domain": {
            files: await constrained([{ dNSName: "system.svc" }]),
            rules: ["untrusted: do not permit istiod.istio-system.svc"],
        },
        "any extended key usage": {
            files: await of({ extended: ["2.5.29.37.0"] }),
            rules: ["envoy-rejected: unsupported certificate purpose, at O=Istio, L=cluster1"],
        },
        "any extended key usage, and an extension that Go does not look into": {
            files: await of({
                extended: ["2.5.29.37.0"],
                extensions: [new Extension("2.5.29.18", false, Buffer.from("garbage"))],
            }),
            rules: ["envoy-rejected: unsupported certificate purpose"],
        },
        "good, an extension that Go does not look into": {
            files: await of({ extensions: [new Extension("2.5.29.18", false, Buffer.from("garbage"))] }),
            rules: [],
        },
        "good, both extended key usages": {
            files: await of({ extended: [clientAuth, serverAuth] }),
            rules: [],
        },
        "critical extensions that Go knows": {
            files: await of({
                extensions: [
                    new Extension("2.5.29.31", true, sequence()),
                    new Extension("2.5.29.32", true, sequence(sequence(oid("2.5.29.32.0")))),
                    new Extension("2.5.29.36", true, sequence(tlv(0x81, Buffer.from([0])))),
                    new Extension("2.5.29.37", true, sequence(oid(serverAuth), oid(clientAuth))),
                    new Extension("2.5.29.54", true, integer(0)),
                ],
            }),
            rules: ["envoy-rejected: unhandled critical extension"],
        },
        "critical SAN": {
            files: await files(await authority({ sanCritical: true }, root), root),
            rules: [],
        },
        "CA that is its own root": { files: await files(root, root), rules: [] },
        "CA that is its own root, without serverAuth": {
            files: await ownRoot({ extended: [clientAuth] }),
            rules: ["untrusted: lacks serverAuth"],
        },
        "CA that is its own root, without clientAuth": {
            files: await ownRoot({ extended: [serverAuth] }),
            rules: ["strict-peers: as a client's"],
        },
        "CA with its root's key": { files: await of({ keys: root.keys }), rules: [] },
        "signed by a key of another kind under the root's name": {
            files: await files(ca, rsaRoot),
            rules: ["untrusted: signed by another key", "chain-foreign: Intermediate CA"],
        },
        "as long as its root": {
            files: await files(await authority({ notAfter: root.notAfter }, root), root),
            rules: [],
        },
        "the 100th root of one name": {
            files: { ...good, "root-cert.pem": namesakes.slice(0, 99).join("") + root.pem },
            rules: ["envoy-rejected: certificate signature failure"],
        },
        "the 101st root of one name, where Go has given up": {
            files: { ...good, "root-cert.pem": namesakes.join("") + root.pem },
            rules: ["untrusted: signed by another key", "chain-foreign: Intermediate CA"],
        },
        "roots that signed each other": {
            files: { ...good, "cert-chain.pem": ca.pem + crossed.join(""), "root-cert.pem": other.pem },
            rules: ["chain-foreign: O=Other, CN=Root CA"],
        },
        "a file missing at a reload": {
            files: { ...good, "cert-chain.pem": undefined },
            rules: ["incomplete: next to ca-cert.pem, ca-key.pem, root-cert.pem"],
            options: { liveRootCert: root.pem },
        },
        "three levels below a root with path length 2": { files: await levels(2, 1, 0), rules: [] },
        "three levels below a root with path length 1": {
            files: await levels(1),
            rules: ["istiod-rejected: too many intermediates for path length constraint"],
        },
        "three levels below a root with path length 0": {
            files: await levels(0),
            rules: ["untrusted: path length 0 of O=Istio, CN=Root CA"],
        },
        "three levels, the middle with path length 0": {
            files: await levels(undefined, 0),
            rules: ["workloads-refused: path length 0 of O=Istio, CN=Middle CA"],
        },
        "middle is not a CA": {
            files: await belowMiddle({ ca: false }),
            rules: ["untrusted: CN=Middle CA"],
        },
        "middle of version 1": {
            files: await belowMiddle({ bare: true }, true),
            rules: ["untrusted: CN=Middle CA"],
        },
        "CRL that another key signed": {
            files: {
                ...good,
                "ca-crl.pem": (await crl({ ...ca, keys: foreign.keys })) + (await crl(root)),
            },
            rules: ["crl: signed by O=Istio, L=cluster1"],
        },
        "CRL of the root that another key signed": {
            files: {
                ...good,
                "ca-crl.pem": (await crl(ca)) + (await crl({ ...root, keys: foreign.keys })),
            },
            rules: ["crl-incomplete: CRL of O=Istio, CN=Root CA"],
        },
        "CRL by another CA that revokes the CA": {
            files: {
                ...good,
                "ca-crl.pem": crls + (await crl(other, { revokes: ca.pem })),
            },
            rules: [],
        },
        "chain without the intermediate": {
            files: { ...good, "cert-chain.pem": root.pem },
            rules: ["chain-incomplete: Intermediate CA", "chain-order: CN=Root CA"],
        },
        "chain without the middle": {
            files: { ...mixed, "root-cert.pem": middle.pem + root.pem, "cert-chain.pem": low.pem },
            rules: [],
        },
        "chain in the wrong order": {
            files: { ...mixed, "cert-chain.pem": middle.pem + low.pem },
            rules: ["chain-order: CN=Middle CA; O=Istio, L=cluster1"],
        },
        "chain doubled": {
            files: { ...good, "cert-chain.pem": ca.pem + ca.pem },
            rules: ["chain-doubled: in it twice"],
        },
        "workload certificate in the chain": {
            files: { ...good, "cert-chain.pem": ca.pem + (await authority({ ca: false }, ca)).pem },
            rules: ["chain-end-entity: is not a CA's"],
        },
        "foreign certificate in the chain": {
            files: { ...good, "cert-chain.pem": ca.pem + foreign.pem },
            rules: ["chain-foreign: O=Other, CN=Intermediate CA"],
        },
        "equal subjects": {
            files: await of({ subject: root.subject }),
            rules: ["same-subject: CN=Root CA"],
        },
        "issuer's key named otherwise": {
            files: await files(
                await authority(
                    { extensions: [new AuthorityKeyIdentifierExtension("00".repeat(20))] },
                    namedRoot,
                ),
                namedRoot,
            ),
            rules: ["issuer-key: authority key identifier of O=Istio, L=cluster1"],
        },
        "intermediate outlives root": {
            files: await of({ to: 4000 }),
            rules: ["outlives-issuer: after its issuer's"],
        },
        "soon over": { files: await of({ to: 1 }), rules: ["soon-over: 48 hours"] },
        "small RSA key": { files: await of({ algorithm: rsa(1024) }), rules: ["weak-key: 1024 bits"] },
        "no cRLSign": { files: await files(withoutCrlSign, root), rules: ["no-crl-sign: L=cluster1"] },
        "other clusters' root": {
            files: good,
            rules: ["other-root: another cluster trusts O=Other"],
            options: { otherRootCerts: [other.pem] },
        },
        "other clusters' roots, and ours": {
            files: { ...good, "root-cert.pem": root.pem + namesakeAfter },
            rules: ["other-root: trusts O=Other, CN=Root CA ("],
            options: { otherRootCerts: [other.pem + foreign.pem] },
        },
        "other clusters' roots, one of which is ours": {
            files: { ...good, "root-cert.pem": root.pem + namesakeAfter },
            rules: [],
            options: { otherRootCerts: [other.pem + root.pem] },
        },
        "empty root, and another cluster": {
            files: { ...good, "root-cert.pem": "" },
            rules: [
                "untrusted: O=Istio, CN=Root CA, is not among",
                "other-root: it trusts nothing; another cluster trusts O=Other",
                "chain-foreign: Intermediate CA",
            ],
            options: { otherRootCerts: [other.pem] },
        },
        "equal subjects, both empty": {
            files: await files(await authority({ subject: "" }, nameless), nameless),
            rules: ["same-subject: named by an empty subject"],
        },
        "another cluster without a root": {
            files: good,
            rules: ["other-root: another cluster trusts nothing"],
            options: { otherRootCerts: ["-"] },
        },
        "as kubernetes.io/tls, the root twice": {
            files: {
                "tls.crt": ca.pem,
                "tls.key": await privatePem(ca.keys),
                "ca.crt": root.pem + root.pem,
            },
            rules: ["chain-doubled: in it twice"],
        },
        "CRLs along with a block in the chain that is not a certificate": {
            files: {
                ...good,
                "cert-chain.pem": ca.pem + encodePem(Buffer.from([5, 0]), "X"),
                "ca-crl.pem": crls,
            },
            rules: ["crl: cert-chain.pem, whose certificates must have signed it, holds a block"],
        },
        "root changed without ISTIO_MULTIROOT_MESH": {
            files: good,
            rules: ["root-change: ISTIO_MULTIROOT_MESH off"],
            options: { liveRootCert: other.pem + root.pem },
        },
        "root added": {
            files: good,
            rules: [],
            options: { liveRootCert: other.pem + root.pem, multiRootMesh: true },
        },
        "root replaced in one step": {
            files: good,
            rules: ["root-change: nor the other way round"],
            options: { liveRootCert: other.pem, multiRootMesh: true },
        },
        ...(await caBundlesPem()),
    };

    async function ownRoot(template: Template): Promise<CaFiles> {
        const made = await authority({ subject: root.subject, ...template });
        return files(made, made);
    }

    /** As old tools made roots. */
    async function underVersion1(): Promise<CaFiles> {
        const above = await asVersion1(
            await authority({ subject: "O=Istio, CN=Root CA", to: 3650, bare: true }),
        );
        return files(await authority({}, above), above);
    }

    async function belowMiddle(template: Template, version1 = false): Promise<CaFiles> {
        const made = await authority({ subject: middle.subject, to: 1000, ...template }, root);
        const between = version1 ? await asVersion1(made, root.keys) : made;
        const below = await authority({}, between);
        return { ...(await files(below, root)), "cert-chain.pem": below.pem + between.pem };
    }

    async function asVersion1(made: Authority, signer = made.keys): Promise<Authority> {
        const signed = AsnConvert.parse(pemBlocks(made.pem)[0]!.der, Certificate);
        signed.tbsCertificate.version = Version.v1;
        const data = Buffer.from(AsnConvert.serialize(signed.tbsCertificate));
        const sign = keySigner(await privatePem(signer));
        signed.signatureValue = new Uint8Array(await sign(data)).buffer;
        return { ...made, pem: encodePem(AsnConvert.serialize(signed), "CERTIFICATE") };
    }

    async function withKey(
        algorithm: object,
        form: string,
        args: string[],
        rules: CaBundle["rules"],
    ): Promise<CaBundle> {
        const made = await authority({ algorithm }, root);
        const key = openssl(await privatePem(made.keys), form === "rsa" ? "rsa" : "ec", ...args);
        const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        const text = form === "ec-parameters" ? parameters + key : key;
        return { files: { ...(await files(made, root)), "ca-key.pem": text }, rules };
    }
}

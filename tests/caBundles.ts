import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
    Certificate,
    GeneralName,
    GeneralSubtree,
    GeneralSubtrees,
    NameConstraints,
    Version,
} from "@peculiar/asn1-x509";
import { CaFiles } from "../pki/caFiles";
import { keySigner } from "../pki/signer";
import { pemBlocks } from "../pki/pem";
import { CheckOptions } from "../pki/rules/checkCa";
import {
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    Extension,
    KeyUsageFlags,
    KeyUsagesExtension,
    X509CertificateGenerator,
    AuthorityKeyIdentifierExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509CrlGenerator,
    X509CrlReason,
} from "../pki/x509";
import { caBundlesPem } from "./caBundlesPem";
import { istiodSan, KeyPair, newKey, pem as encodePem, privatePem } from "./pki";

/** Files of a CA, the rules that they must break, in their order, and what they are checked against. */
export interface CaBundle {
    files: CaFiles;
    rules: string[];
    options?: CheckOptions;
}

/** A trust domain that is not Istio's own. */
export const otherTrustDomain = "mesh.example.org";

interface Authority {
    subject: string;
    keys: KeyPair;
    pem: string;
    notAfter: Date;
}

interface Template {
    subject?: string;
    keys?: KeyPair;
    algorithm?: object;
    /** Days from now. */
    from?: number;
    to?: number;
    ca?: boolean | "absent";
    pathLength?: number;
    usages?: KeyUsageFlags;
    extended?: string[];
    extensions?: Extension[];
    /** Without any extension. */
    bare?: boolean;
}

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const rsa = (bits: number, hash = "SHA-256") => ({
    name: "RSASSA-PKCS1-v1_5",
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits,
});
const caUsages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

/** Writes the files of a CA into a new folder. @returns the folder. */
export function writeCaFiles(folder: string, files: CaFiles): string {
    fs.mkdirSync(folder, { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
        if (text !== undefined) {
            fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
        }
    }
    return folder;
}

/** Good bundles and bad ones, by name. All are made anew: their dates are about now. */
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
    const namedRoot = await authority({
        subject: root.subject,
        to: 3650,
        extensions: [new SubjectKeyIdentifierExtension("11".repeat(32))],
    });
    const mixed = await pem(low, { "root-cert.pem": root.pem });
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
        "EC PARAMETERS before the key": await withKey(ecdsa, "ec-parameters", [], ["unparsable-key"]),
        "nothing at all": { files: {}, rules: ["no-ca"] },
        "a file missing": { files: { ...good, "cert-chain.pem": undefined }, rules: ["incomplete"] },
        "tls.crt without its key": {
            files: { ...good, "tls.crt": ca.pem },
            rules: ["incomplete", "tls-crt-wins"],
        },
        "both forms": {
            files: { ...good, "tls.crt": ca.pem, "tls.key": good["ca-key.pem"], "ca.crt": root.pem },
            rules: ["tls-crt-wins"],
        },
        "istio-generated": { files: { ...good, "istio-generated": "" }, rules: ["istio-generated"] },
        "empty certificate": { files: { ...good, "ca-cert.pem": "" }, rules: ["unparsable-certificate"] },
        "a key where the certificate belongs": {
            files: { ...good, "ca-cert.pem": good["ca-key.pem"] },
            rules: ["unparsable-certificate"],
        },
        "damaged certificate": {
            files: { ...good, "ca-cert.pem": ca.pem.replace(/\n[^\n]+/, "\nMIIB") },
            rules: ["unparsable-certificate"],
        },
        "root missing in root-cert.pem": {
            files: { ...good, "root-cert.pem": other.pem },
            rules: ["untrusted", "chain-foreign"],
        },
        "empty root": { files: { ...good, "root-cert.pem": "" }, rules: ["untrusted", "chain-foreign"] },
        expired: { files: await of({ from: -10, to: -1 }), rules: ["untrusted"] },
        "not yet valid": { files: await of({ from: 1, to: 10 }), rules: ["untrusted"] },
        "expired root": {
            files: { ...good, "root-cert.pem": expiredRootPem },
            rules: ["untrusted", "outlives-issuer"],
        },
        "signed by another key of the root's name": {
            files: await files(ca, await authority({ subject: root.subject })),
            rules: ["untrusted", "chain-foreign"],
        },
        "root is not a CA": { files: await under({ ca: false }), rules: ["untrusted"] },
        "root without basic constraints": { files: await under({ ca: "absent" }), rules: ["untrusted"] },
        "root of version 3 without extensions": {
            files: await under({ bare: true }),
            rules: ["untrusted"],
        },
        "root of version 1": { files: await underVersion1(), rules: [] },
        "root may not sign": {
            files: await under({ usages: KeyUsageFlags.digitalSignature }),
            rules: ["untrusted", "workloads-refused", "no-crl-sign"],
        },
        "without serverAuth": {
            files: await of({ extended: [clientAuth] }),
            rules: ["untrusted"],
        },
        "unknown critical extension": {
            files: await of({ extensions: [new Extension("1.2.3.4", true, new Uint8Array([5, 0]))] }),
            rules: ["untrusted"],
        },
        "signed with SHA-1": {
            files: await files(
                await authority(
                    {},
                    await authority({ subject: root.subject, algorithm: rsa(2048, "SHA-1") }),
                ),
                await authority({ subject: root.subject, algorithm: rsa(2048, "SHA-1") }),
            ),
            rules: ["untrusted", "chain-foreign", "weak-signature"],
        },
        "name constraints exclude istiod": {
            files: await under({ extensions: [constraints({ dNSName: "example.com" })] }),
            rules: ["untrusted"],
        },
        "encrypted key": {
            files: {
                ...good,
                "ca-key.pem": openssl(good["ca-key.pem"], "pkcs8", "-topk8", "-passout", "pass:x"),
            },
            rules: ["unparsable-key"],
        },
        "damaged key": {
            files: { ...good, "ca-key.pem": good["ca-key.pem"].replace(/\n[^\n]+/, "\nMIIB") },
            rules: ["unparsable-key"],
        },
        "a certificate where the key belongs": {
            files: { ...good, "ca-key.pem": ca.pem },
            rules: ["unparsable-key"],
        },
        "key of another certificate": {
            files: { ...good, "ca-key.pem": await privatePem(foreign.keys) },
            rules: ["key-mismatch"],
        },
        "not a CA": { files: await of({ ca: false }), rules: ["not-a-ca"] },
        "chain begins with an expired certificate": {
            files: { ...good, "cert-chain.pem": (await authority({ from: -9, to: -1 }, root)).pem + ca.pem },
            rules: ["chain-start", "chain-foreign"],
        },
        "empty chain": { files: { ...good, "cert-chain.pem": "" }, rules: ["chain-incomplete"] },
        "chain is no certificate": {
            files: { ...good, "cert-chain.pem": "-" },
            rules: ["chain-start", "chain-incomplete"],
        },
        "CRL of the root missing": {
            files: { ...good, "cert-chain.pem": ca.pem + root.pem, "ca-crl.pem": await crl(ca) },
            rules: ["crl"],
        },
        "CRL of the root missing, the root not in the chain": {
            files: { ...good, "ca-crl.pem": await crl(ca) },
            rules: ["crl-incomplete"],
        },
        "CRL that has ended": {
            files: { ...good, "ca-crl.pem": (await crl(ca, { to: -0.001 })) + (await crl(root)) },
            rules: ["crl-incomplete"],
        },
        "CRL that names another key": {
            files: { ...good, "ca-crl.pem": (await crl(ca, { keyId: "00".repeat(20) })) + (await crl(root)) },
            rules: ["crl-incomplete"],
        },
        "CRL that revokes the CA": {
            files: { ...good, "ca-crl.pem": (await crl(ca)) + (await crl(root, { revokes: ca.pem })) },
            rules: ["crl-revoked"],
        },
        "CRL is none": { files: { ...good, "ca-crl.pem": ca.pem }, rules: ["crl"] },
        "CRL by a CA without cRLSign": {
            files: { ...(await files(withoutCrlSign, root)), "ca-crl.pem": await crl(withoutCrlSign) },
            rules: ["crl", "no-crl-sign", "crl-incomplete"],
        },
        "without clientAuth": {
            files: await of({ extended: [serverAuth] }),
            rules: ["workloads-refused"],
        },
        "root with path length 0": { files: await under({ pathLength: 0 }), rules: ["workloads-refused"] },
        "CA may not sign": {
            files: await of({ usages: KeyUsageFlags.cRLSign }),
            rules: ["workloads-refused"],
        },
        "name constraints exclude the trust domain": {
            files: await of({ extensions: [constraints({ uniformResourceIdentifier: "example.com" })] }),
            rules: ["workloads-refused"],
        },
        "name constraints permit the trust domain": {
            files: await of({ extensions: [constraints({ uniformResourceIdentifier: "cluster.local" })] }),
            rules: [],
        },
        "name constraints permit another trust domain": {
            files: await of({ extensions: [constraints({ uniformResourceIdentifier: otherTrustDomain })] }),
            rules: [],
            options: { trustDomain: otherTrustDomain },
        },
        "chain without the intermediate": {
            files: { ...good, "cert-chain.pem": root.pem },
            rules: ["chain-incomplete", "chain-order"],
        },
        "chain without the middle": {
            files: { ...mixed, "root-cert.pem": middle.pem + root.pem, "cert-chain.pem": low.pem },
            rules: [],
        },
        "chain in the wrong order": {
            files: { ...mixed, "cert-chain.pem": middle.pem + low.pem },
            rules: ["chain-order"],
        },
        "chain doubled": { files: { ...good, "cert-chain.pem": ca.pem + ca.pem }, rules: ["chain-doubled"] },
        "workload certificate in the chain": {
            files: { ...good, "cert-chain.pem": ca.pem + (await authority({ ca: false }, ca)).pem },
            rules: ["chain-end-entity"],
        },
        "foreign certificate in the chain": {
            files: { ...good, "cert-chain.pem": ca.pem + foreign.pem },
            rules: ["chain-foreign"],
        },
        "equal subjects": {
            files: await of({ subject: root.subject }),
            rules: ["same-subject"],
        },
        "issuer's key named otherwise": {
            files: await files(
                await authority(
                    { extensions: [new AuthorityKeyIdentifierExtension("00".repeat(20))] },
                    namedRoot,
                ),
                namedRoot,
            ),
            rules: ["issuer-key"],
        },
        "intermediate outlives root": { files: await of({ to: 4000 }), rules: ["outlives-issuer"] },
        "soon over": { files: await of({ to: 1 }), rules: ["soon-over"] },
        "small RSA key": { files: await of({ algorithm: rsa(1024) }), rules: ["weak-key"] },
        "no cRLSign": { files: await files(withoutCrlSign, root), rules: ["no-crl-sign"] },
        "other clusters' root": {
            files: good,
            rules: ["other-root"],
            options: { otherRootCerts: [other.pem] },
        },
        "root changed without ISTIO_MULTIROOT_MESH": {
            files: good,
            rules: ["root-change"],
            options: { liveRootCert: other.pem + root.pem },
        },
        "root added": {
            files: good,
            rules: [],
            options: { liveRootCert: other.pem + root.pem, multiRootMesh: true },
        },
        "root replaced in one step": {
            files: good,
            rules: ["root-change"],
            options: { liveRootCert: other.pem, multiRootMesh: true },
        },
        ...(await caBundlesPem()),
    };

    /** As old tools made roots. */
    async function underVersion1(): Promise<CaFiles> {
        const above = await authority({ subject: "O=Istio, CN=Root CA", to: 3650, bare: true });
        const signed = AsnConvert.parse(pemBlocks(above.pem)[0]!.der, Certificate);
        signed.tbsCertificate.version = Version.v1;
        const data = Buffer.from(AsnConvert.serialize(signed.tbsCertificate));
        const signer = keySigner(await privatePem(above.keys));
        signed.signatureValue = new Uint8Array(await signer(data)).buffer;
        const root = { ...above, pem: encodePem(AsnConvert.serialize(signed), "CERTIFICATE") };
        return files(await authority({}, root), root);
    }

    async function withKey(
        algorithm: object,
        form: string,
        args: string[],
        rules: string[],
    ): Promise<CaBundle> {
        const made = await authority({ algorithm }, root);
        const key = openssl(await privatePem(made.keys), form === "rsa" ? "rsa" : "ec", ...args);
        const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        const text = form === "ec-parameters" ? parameters + key : key;
        return { files: { ...(await files(made, root)), "ca-key.pem": text }, rules };
    }
}

/** The four files of an intermediate right below a root. */
async function files(ca: Authority, root: Authority) {
    return pem(ca, { "root-cert.pem": root.pem });
}

async function pem(ca: Authority, rest: { "root-cert.pem": string }) {
    return {
        "ca-cert.pem": ca.pem,
        "ca-key.pem": await privatePem(ca.keys),
        "cert-chain.pem": ca.pem,
        ...rest,
    };
}

/** A CA below another, or a root. */
async function authority(template: Template, above?: Authority): Promise<Authority> {
    const { subject = "O=Istio, L=cluster1, CN=Intermediate CA", algorithm = ecdsa } = template;
    const keys = template.keys ?? (await newKey(algorithm));
    const notAfter = daysFromNow(template.to ?? 365);
    const { ca = true, usages = caUsages } = template;
    const certificate = await X509CertificateGenerator.create({
        subject,
        issuer: above?.subject ?? subject,
        notBefore: daysFromNow(template.from ?? -0.01),
        notAfter,
        publicKey: keys.publicKey,
        signingKey: (above?.keys ?? keys).privateKey,
        signingAlgorithm: signature(above?.keys ?? keys),
        extensions: template.bare
            ? []
            : [
                  ...(ca === "absent" ? [] : [new BasicConstraintsExtension(ca, template.pathLength, true)]),
                  new KeyUsagesExtension(usages, true),
                  ...(above ? [istiodSan] : []),
                  ...(template.extended ? [new ExtendedKeyUsageExtension(template.extended)] : []),
                  ...(template.extensions ?? []),
              ],
    });
    return { subject, keys, pem: `${certificate.toString("pem")}\n`, notAfter };
}

/** @param to - its end in days, @param keyId - its issuer's, hex, @param revokes - a certificate, PEM */
async function crl(
    { subject, keys }: Authority,
    { to = 30, keyId, revokes }: { to?: number; keyId?: string; revokes?: string } = {},
): Promise<string> {
    const made = await X509CrlGenerator.create({
        issuer: subject,
        thisUpdate: daysFromNow(-0.01),
        nextUpdate: daysFromNow(to),
        entries: revokes
            ? [
                  {
                      serialNumber: new X509Certificate(revokes).serialNumber,
                      reason: X509CrlReason.cACompromise,
                  },
              ]
            : [],
        extensions: keyId === undefined ? [] : [new AuthorityKeyIdentifierExtension(keyId)],
        signingKey: keys.privateKey,
        signingAlgorithm: signature(keys),
    });
    return `${made.toString("pem")}\n`;
}

/** A key tells its curve or its hash, an ECDSA signature needs both. */
function signature({ privateKey }: KeyPair): typeof ecdsa {
    return { ...ecdsa, ...(privateKey.algorithm as typeof ecdsa) };
}

function constraints(permitted: Partial<GeneralName>): Extension {
    const base = new GeneralName(permitted);
    const value = new NameConstraints({
        permittedSubtrees: new GeneralSubtrees([new GeneralSubtree({ base })]),
    });
    return new Extension("2.5.29.30", true, AsnConvert.serialize(value));
}

function daysFromNow(days: number): Date {
    return new Date(Math.floor((Date.now() + days * 86_400_000) / 1000) * 1000);
}

function openssl(input: string, ...args: string[]): string {
    return execFileSync("openssl", args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
}

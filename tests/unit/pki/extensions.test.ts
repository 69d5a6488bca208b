import assert from "node:assert/strict";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, NameConstraints } from "@peculiar/asn1-x509";
import * as fc from "fast-check";
import { CaCertificate } from "../../../pki/caCertificate";
import { Crl } from "../../../pki/crl";
import { encodePem, pemBlocks } from "../../../pki/pem";
import { askIstiod } from "../../../pki/verdict/istiod";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate,
    X509Crl,
} from "../../../pki/x509";
import { caBundles } from "../../caBundles";

describe("The extensions of certificates and CRLs", function () {
    this.timeout("60s");
    let ders: Buffer[];

    before(async () => {
        const files = Object.values(await caBundles()).flatMap((bundle) => Object.values(bundle.files));
        const blocks = files.flatMap((text) => pemBlocks(text ?? ""));
        ders = blocks.filter(({ type }) => !type.includes("PRIVATE KEY")).map(({ der }) => der);
    });

    /** What a certificate says by the library; undefined if it is not one. */
    const byLibrary = (der: Buffer) => {
        const parsed = attempt(() => new X509Certificate(new Uint8Array(der)));
        const constraints = parsed?.getExtension("2.5.29.30");
        const subtrees = constraints ? AsnConvert.parse(constraints.value, NameConstraints) : undefined;
        const basic = parsed?.getExtension(BasicConstraintsExtension);
        const usages = parsed?.getExtension(ExtendedKeyUsageExtension)?.usages;
        const names = parsed?.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
        const of = (kind: "dNSName" | "uniformResourceIdentifier") => ({
            permitted: [...(subtrees?.permittedSubtrees ?? [])].flatMap(({ base }) => base[kind] ?? []),
            excluded: [...(subtrees?.excludedSubtrees ?? [])].flatMap(({ base }) => base[kind] ?? []),
        });
        return (
            parsed && {
                basicConstraints: basic ? { ca: basic.ca, pathLength: basic.pathLength } : undefined,
                keyUsages: parsed.getExtension(KeyUsagesExtension)?.usages,
                extendedKeyUsages: usages && [...usages].map(String),
                names: names
                    .filter(({ type }) => ["email", "dns", "url"].includes(type))
                    .map(({ type, value }) => ({ type, value })),
                subjectKeyId: parsed.getExtension(SubjectKeyIdentifierExtension)?.keyId,
                authorityKeyId: parsed.getExtension(AuthorityKeyIdentifierExtension)?.keyId,
                critical: parsed.extensions.filter(({ critical }) => critical).map(({ type }) => type),
                constraints: {
                    dNSName: of("dNSName"),
                    uniformResourceIdentifier: of("uniformResourceIdentifier"),
                },
                version: 1 + AsnConvert.parse(der, Certificate).tbsCertificate.version,
                hash: (parsed.signatureAlgorithm as { hash?: { name: string } }).hash?.name,
            }
        );
    };

    const byUs = (der: Buffer) => {
        const certificate = attempt(() => new CaCertificate(der));
        const { constraints, unknownCritical, ...extensions } = certificate?.extensions ?? {};
        const of = (kind: "dNSName" | "uniformResourceIdentifier") => ({
            permitted: constraints?.[kind].permitted ?? [],
            excluded: constraints?.[kind].excluded,
        });
        return (
            certificate && {
                ...extensions,
                unknownCritical: unknownCritical!,
                constraints: {
                    dNSName: of("dNSName"),
                    uniformResourceIdentifier: of("uniformResourceIdentifier"),
                },
                version: certificate.version,
                hash: certificate.signatureHash,
            }
        );
    };

    /** Fails if both read it and differ. A library may look into further extensions and refuse those. */
    const alike = (der: Buffer) => {
        const ours = byUs(der);
        const theirs = attempt(() => byLibrary(der));
        if (ours && theirs) {
            const { unknownCritical, ...mine } = ours;
            const { critical, hash, ...same } = theirs;
            // It does not know those of all algorithms, such as ECDSA with SHA-224.
            assert.deepEqual(mine, { ...same, hash: hash ?? mine.hash });
            assert.ok(unknownCritical.every((type) => critical.includes(type)));
        }
        return ours !== undefined && theirs !== undefined;
    };

    it("are read as a library reads them, in every certificate of the corpus", () => {
        const certificates = ders.filter((der) => byUs(der));
        assert.ok(certificates.length > 300, String(certificates.length));
        const compared = certificates.filter(alike);
        assert.ok(compared.length > 0.98 * certificates.length, String(compared.length));
    });

    it("are read so in changed certificates", () => {
        const certificates = ders.filter((der) => byUs(der));
        const changed = fc
            .tuple(fc.constantFrom(...certificates), fc.nat(), fc.integer({ min: 1, max: 255 }))
            .map(([der, at, change]) => {
                const bytes = Buffer.from(der);
                bytes[at % bytes.length]! ^= change;
                return bytes;
            });
        let compared = 0;
        fc.assert(
            fc.property(changed, (der) => {
                compared += Number(alike(der));
            }),
            { numRuns: 1000 },
        );
        assert.ok(compared > 300, String(compared));
    });

    it("are those of Go's verdict: what Go rejects is not read", () => {
        const none = { name: "none", text: "" };
        const now = new Date();
        const broken: Record<string, Buffer> = {
            "a key usage that is an INTEGER": Buffer.from("02020106", "hex"),
            "a key usage with bits in its padding": Buffer.from("03020107", "hex"),
            "a key usage with nine bits of padding": Buffer.from("03020900", "hex"),
        };
        const [ca] = ders.filter((der) => byUs(der)?.keyUsages === 0x60);
        const usage = Buffer.from("03020106", "hex");
        const at = ca!.indexOf(usage);
        for (const [what, value] of Object.entries(broken)) {
            const changed = Buffer.concat([ca!.subarray(0, at), value, ca!.subarray(at + value.length)]);
            const caCert = { name: what, text: encodePem("CERTIFICATE", changed) };
            const files = { caCert, caKey: none, certChain: none, rootCert: none, crl: none };
            const { verdict } = askIstiod({ ca: files, now, trustDomain: "cluster.local" });
            assert.equal(verdict.step, "parse", what);
            assert.throws(() => new CaCertificate(changed), what);
        }
    });

    it("are read as a library reads them, in every CRL of the corpus", () => {
        const lists = ders.flatMap((der) => attempt(() => [new Crl(der)]) ?? []);
        assert.ok(lists.length > 20, String(lists.length));
        for (const list of lists) {
            const parsed = new X509Crl(new Uint8Array(list.der));
            assert.equal(list.issuer, parsed.issuer);
            assert.equal(list.keyId, parsed.getExtension(AuthorityKeyIdentifierExtension)?.keyId);
            assert.deepEqual(list.thisUpdate, parsed.thisUpdate);
            assert.deepEqual(list.nextUpdate, parsed.nextUpdate);
            assert.equal(list.serials.size, parsed.entries.length);
        }
    });
});

function attempt<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { certificateFaults } from "../../../pki/certificateFaults";
import { CaCertificate } from "../../../pki/caCertificate";
import { Certificate } from "../../../pki/certificate";
import { intermediateValidityHours, profiles, renewalWindowHours } from "../../../pki/profile";
import { rootFault, rootKeyFault } from "../../../pki/root";
import { KeyUsageFlags } from "../../../pki/x509";
import { authority, Template } from "../../caAuthority";
import { issued, newKey, privatePem, publicPem, selfSigned, publicFiles } from "../../pki";
import { firstBlock } from "../../../pki/pem";

const day = 86_400_000;

describe("The validity of an intermediate", () => {
    const validity = (days: number) =>
        intermediateValidityHours(profiles.default, new Date(days * day), new Date(0));

    it("is the profile's where the root lives longer", () => {
        assert.equal(validity(3650), 365 * 24);
        assert.equal(validity(365), 365 * 24);
    });

    it("is halved until the root outlives it", () => {
        assert.equal(validity(364), (365 * 24) / 2);
        assert.equal(validity(100), (365 * 24) / 4);
        assert.equal(validity(0.01), 1);
    });

    it("stays as Istio's Makefile has it with the profile makefile", () => {
        assert.equal(intermediateValidityHours(profiles.makefile, new Date(0), new Date(0)), 3650 * 24);
    });

    it("is always longer than the renewal window", () => {
        assert.equal(renewalWindowHours(profiles.default, 8760), 90 * 24);
        assert.equal(renewalWindowHours(profiles.default, 2190), 1095);
        assert.equal(renewalWindowHours(profiles.default, 1), 0);
    });
});

describe("The files of cacerts", () => {
    it("name the intermediate in root-cert.pem, so that its bytes change with every renewal", async () => {
        const { caPem, root } = await chain();
        const files = publicFiles(caPem, root.pem, profiles.default);
        const [ca] = Certificate.all(caPem);
        assert.deepEqual(files, {
            "ca-cert.pem": caPem,
            "cert-chain.pem": caPem,
            "root-cert.pem": `# trusts intermediate ${ca!.fingerprint}\n${root.pem}`,
        });
        assert.equal(Certificate.all(files["root-cert.pem"]).length, 1);
    });

    it("have the root at the chain's end with the profile makefile", async () => {
        const { caPem, root } = await chain();
        assert.equal(publicFiles(caPem, root.pem, profiles.makefile)["cert-chain.pem"], caPem + root.pem);
    });
});

describe("The certificates of a text", () => {
    it("are its blocks of that label and without headers, as Go takes them", async () => {
        const { caPem, root, keys } = await chain();
        const headers = caPem.replace("-----\n", "-----\nX: y\n\n");
        const text = (await privatePem(keys)) + caPem + headers + root.pem;
        const found = Certificate.all(text).map(({ fingerprint }) => fingerprint);
        assert.deepEqual(found, [caPem, root.pem].map(print));
        assert.match(found[0]!, /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/);
    });

    const print = (pem: string) => new X509Certificate(firstBlock(pem)!.der).fingerprint256.toLowerCase();
});

describe("What is to be plugged in", () => {
    it("is encoded again, or refused if istiod would read less of it than people see", async () => {
        const { caPem, root } = await chain();
        const windows = (pem: string) => `comment\r\n${pem.replaceAll("\n", "\r\n")}`;
        assert.deepEqual(publicFiles(windows(caPem), windows(root.pem)), publicFiles(caPem, root.pem));
        const glued = caPem.trimEnd() + caPem;
        const two = "it holds no PEM block that istiod can read, though 2 are begun: two blocks are glued";
        for (const [signed, roots, lists, message] of [
            [glued, root.pem, undefined, `The intermediate's certificate cannot be plugged in, ${two}`],
            [caPem, glued, undefined, `The trust bundle cannot be plugged in, ${two}`],
            [
                "",
                root.pem,
                undefined,
                "The intermediate's certificate cannot be plugged in: it holds no PEM certificate.",
            ],
            [caPem, "-", undefined, "The trust bundle cannot be plugged in: it holds no PEM certificate."],
            [caPem, root.pem, glued, `ca-crl.pem cannot be plugged in, ${two}`],
        ] as const) {
            assert.throws(
                () => publicFiles(signed, roots, profiles.default, lists),
                ({ message: found }: Error) => found.startsWith(message) && found.endsWith("."),
                message,
            );
        }
    });

    it("is followed by the remedy where it is refused", async () => {
        const { caPem, root } = await chain();
        assert.throws(() => publicFiles(`\ufeff${caPem}`, root.pem), {
            message:
                "The intermediate's certificate cannot be plugged in, it holds no PEM block that istiod can read, though one is begun: it begins with a byte order mark. Save it as UTF-8 without a byte order mark: `sed '1s/^\\xEF\\xBB\\xBF//' FILE` writes it so.",
        });
    });
});

describe("A root", () => {
    it("signs from the first moment of its life to the last, if it may sign CAs", async () => {
        const { root } = await chain();
        const [{ notBefore, notAfter }] = CaCertificate.all(root.pem) as [CaCertificate];
        const fault = (date: Date, more: number) => rootFault(root.pem, new Date(date.getTime() + more));
        assert.equal(fault(notBefore, 0), undefined);
        assert.equal(fault(notAfter, 0), undefined);
        const only = `is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()} only`;
        assert.equal(fault(notBefore, -1), only);
        assert.equal(fault(notAfter, 1), only);
        const of = async (template: Template) => rootFault((await authority(template)).pem, new Date());
        assert.equal(await of({ pathLength: 0 }), "has path length 0: it may sign no other CA");
        assert.equal(await of({ pathLength: 1 }), undefined);
        assert.equal(await of({ ca: false }), "is not a CA's");
        assert.equal(await of({ usages: KeyUsageFlags.cRLSign }), "is not a CA's");
        assert.equal(rootFault("", new Date()), "is not a PEM certificate");
    });

    it("has a key, and no other", async () => {
        const { root } = await chain();
        const key = await privatePem(root.keys);
        assert.equal(rootKeyFault(root.pem, key), undefined);
        const other = await privatePem(await newKey());
        assert.equal(rootKeyFault(root.pem, other), "belongs to another key than the one given");
        assert.equal(rootKeyFault("", key), "belongs to another key than the one given");
        const none = "cannot be compared with the key, which is not an unencrypted PEM private key";
        assert.equal(rootKeyFault(root.pem, "no key"), none);
    });
});

describe("An intermediate certificate", () => {
    it("can be plugged in with its own key and root", async () => {
        const { caPem, keys, root } = await chain();
        assert.deepEqual(certificateFaults(caPem, await publicPem(keys), root.pem), []);
    });

    it("is refused with every reason at once", async () => {
        const { keys, root } = await chain();
        const leaf = await issued(await newKey(), root, { ca: false });
        const other = await selfSigned(await newKey(), { subject: "O=Other, CN=Root" });
        assert.deepEqual(certificateFaults(leaf, await publicPem(keys), other), [
            "it was made for another key than the request's",
            "it is not a CA certificate",
            "it does not verify to the trust bundle: its issuer, O=Istio, CN=Root CA, is not among the certificates given",
        ]);
        assert.deepEqual(certificateFaults("nonsense", await publicPem(keys), root.pem), [
            "it is not a PEM certificate",
        ]);
    });

    it("is refused under a root of the same name with another key", async () => {
        const { caPem, keys } = await chain();
        const [fault, ...others] = certificateFaults(
            caPem,
            await publicPem(keys),
            await selfSigned(await newKey()),
        );
        assert.match(fault!, /^it does not verify to the trust bundle: .* was signed by another key$/);
        assert.deepEqual(others, []);
    });
});

async function chain() {
    const rootKeys = await newKey();
    const root = { keys: rootKeys, pem: await selfSigned(rootKeys) };
    const keys = await newKey();
    return { root, keys, caPem: await issued(keys, root) };
}

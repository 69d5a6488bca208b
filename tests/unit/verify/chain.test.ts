import * as assert from "node:assert/strict";
import { ExtendedKeyUsage, JsonName } from "../../../pki/x509";
import { Certificate, sameCertificates } from "../../../pki/certificate";
import { chainTo } from "../../../pki/certificatePath";
import { chainChecks } from "../../../verify/chain";
import { ExpectedCa } from "../../../verify/expectedCa";
import { Made, makeCa, makeLeaf, serverAndClient } from "./certificates";

const spiffeId = "spiffe://cluster.local/ns/foo/sa/httpbin";
const names = [{ type: "url" as const, value: spiffeId }];

const httpbin = { name: "httpbin", spiffeId };

describe("chainChecks", () => {
    let root: Made;
    let ca: Made;
    let leaf: Made;
    let expected: ExpectedCa;

    before(async () => {
        root = await makeCa("Root CA");
        ca = await makeCa("Intermediate CA", { issuer: root, to: 100 });
        leaf = await makeLeaf(ca, names);
        expected = { caCert: ca.certificate, roots: [root.certificate] };
    });

    /** The names of the checks that failed, without the workload. */
    const failed = (served: Made[], wanted = expected, now?: Date) =>
        chainChecks(httpbin, certificates(served), wanted, now)
            .filter(({ ok }) => !ok)
            .map(({ name }) => name.replace("httpbin: ", ""));

    it("passes a chain of leaf, intermediate and root", () => {
        const checks = chainChecks(httpbin, certificates([leaf, ca, root]), expected);
        assert.deepEqual(
            checks.map(({ name, ok }) => [name, ok]),
            [
                ["httpbin: chain", true],
                ["httpbin: root = root-cert.pem", true],
                ["httpbin: CA = ca-cert.pem", true],
                ["httpbin: SPIFFE identity", true],
                ["httpbin: extended key usage", true],
                ["httpbin: lifetime within the CA's", true],
            ],
        );
        assert.match(
            checks[0]!.observed,
            /^leaf <- Intermediate CA \([0-9a-f:]{23}\) <- Root CA \([0-9a-f:]{23}\)$/,
        );
    });

    it("passes a root that is served twice, and any order", () => {
        assert.deepEqual(failed([leaf, ca, root, root]), []);
        assert.deepEqual(failed([root, leaf, root, ca]), []);
    });

    it("passes a root that only the workload trusts after its chain, and no chain that ends there", async () => {
        const next = await makeCa("Next root CA");
        const rotating = { ...expected, ownRoots: [root.certificate, next.certificate] };
        assert.deepEqual(failed([leaf, ca, root, next], rotating), []);
        assert.deepEqual(failed([leaf, ca, root, next]), ["chain"]);
        const behind = { ...rotating, roots: [next.certificate] };
        assert.deepEqual(failed([leaf, ca, root, next], behind), ["chain", "root = root-cert.pem"]);
    });

    it("passes a chain with one more intermediate", async () => {
        const upper = await makeCa("Upper CA", { issuer: root });
        const lower = await makeCa("Lower CA", { issuer: upper, to: 100 });
        const signed = await makeLeaf(lower, names);
        const wanted = { caCert: lower.certificate, roots: [root.certificate] };
        assert.deepEqual(failed([signed, lower, upper, root], wanted), []);
        assert.deepEqual(failed([signed, lower, root], wanted), ["chain", "root = root-cert.pem"]);
    });

    it("passes the roots of a rotation, and refuses a stranger beside the chain", async () => {
        const next = await makeCa("Next Root CA");
        const wanted = { caCert: ca.certificate, roots: [root.certificate, next.certificate] };
        assert.deepEqual(failed([leaf, ca, root, next], wanted), []);
        assert.deepEqual(failed([leaf, ca, root, next]), ["chain"]);
    });

    it("refuses another root of the same name", async () => {
        const otherRoot = await makeCa("Root CA");
        const wanted = { caCert: ca.certificate, roots: [otherRoot.certificate] };
        assert.deepEqual(failed([leaf, ca, root], wanted), ["chain", "root = root-cert.pem"]);
        assert.deepEqual(failed([leaf, ca, otherRoot], wanted), ["chain", "root = root-cert.pem"]);
    });

    it("refuses another intermediate of the same name under the same root", async () => {
        const otherCa = await makeCa("Intermediate CA", { issuer: root, to: 100 });
        const otherLeaf = await makeLeaf(otherCa, names);
        assert.deepEqual(failed([otherLeaf, otherCa, root]), ["chain", "CA = ca-cert.pem"]);
    });

    it("refuses a renewed intermediate with the same key", async () => {
        const renewed = await makeCa("Intermediate CA", { issuer: root, keys: ca.keys, to: 200 });
        assert.deepEqual(failed([leaf, ca, root], { ...expected, caCert: renewed.certificate }), [
            "chain",
            "CA = ca-cert.pem",
        ]);
    });

    it("refuses a foreign leaf in front of the right CAs", async () => {
        const foreign = await makeLeaf(await makeCa("Intermediate CA"), names);
        const checks = ["chain", "root = root-cert.pem", "CA = ca-cert.pem"];
        assert.deepEqual(failed([foreign, ca, root]), checks);
    });

    it("refuses a chain without its root, without its intermediate, and without a leaf", () => {
        assert.deepEqual(failed([leaf, ca]), ["chain", "root = root-cert.pem"]);
        assert.deepEqual(failed([leaf, root]), ["chain", "root = root-cert.pem", "CA = ca-cert.pem"]);
        assert.deepEqual(failed([ca, root]), ["chain"]);
        assert.deepEqual(failed([]), ["chain"]);
    });

    it("refuses two leaves", async () => {
        assert.deepEqual(failed([leaf, await makeLeaf(ca, names), ca, root]), ["chain"]);
    });

    it("refuses a certificate that was signed by a leaf", async () => {
        const child = await makeLeaf(leaf, names, serverAndClient, { subject: "CN=child" });
        assert.equal(child.certificate.issuedBy(leaf.certificate), false);
    });

    it("refuses an issuer whose name has the same text in other bytes, as Envoy and istiod do", async () => {
        const type = (name: "printableString" | "utf8String") =>
            [{ O: [{ [name]: "Istio" }] }, { CN: [{ [name]: "Root CA" }] }] as unknown as JsonName;
        const printable = await makeCa("", { subject: type("printableString") });
        const utf8 = await makeCa("", { subject: type("utf8String"), keys: printable.keys });
        const below = (await makeCa("Intermediate CA", { issuer: printable })).certificate;
        assert.ok(below.node.checkIssued(utf8.certificate.node));
        assert.equal(below.issuedBy(printable.certificate), true);
        assert.equal(below.issuedBy(utf8.certificate), false);
        assert.deepEqual(chainTo(below, [utf8.certificate], [below], "issuedBy"), []);
    });

    it("refuses another identity and a second name", async () => {
        const other = await makeLeaf(ca, [{ type: "url", value: "spiffe://cluster.local/ns/foo/sa/sleep" }]);
        assert.deepEqual(failed([other, ca, root]), ["SPIFFE identity"]);
        const second = await makeLeaf(ca, [...names, { type: "dns", value: "httpbin.foo" }]);
        assert.deepEqual(failed([second, ca, root]), ["SPIFFE identity"]);
    });

    it("refuses a leaf that lacks an extended key usage or has none", async () => {
        for (const usages of [[ExtendedKeyUsage.serverAuth], [ExtendedKeyUsage.clientAuth], []]) {
            const limited = await makeLeaf(ca, names, usages);
            assert.deepEqual(failed([limited, ca, root]), ["extended key usage"]);
        }
    });

    it("refuses a lifetime beyond the CA's, an ended one and one to come", async () => {
        const longer = await makeLeaf(ca, names, serverAndClient, { to: 101 });
        assert.deepEqual(failed([longer, ca, root]), ["lifetime within the CA's"]);
        const earlier = await makeLeaf(ca, names, serverAndClient, { from: -2 });
        assert.deepEqual(failed([earlier, ca, root]), ["lifetime within the CA's"]);
        const afterItsEnd = new Date(Date.now() + 2 * 24 * 60 * 60_000);
        assert.deepEqual(failed([leaf, ca, root], expected, afterItsEnd), ["lifetime within the CA's"]);
        const future = await makeLeaf(ca, names, serverAndClient, { from: 0.5 });
        assert.deepEqual(failed([future, ca, root]), ["lifetime within the CA's"]);
    });

    it("allows for the two minutes by which istiod dates a certificate back", async () => {
        const early = await makeLeaf(ca, names, serverAndClient, { from: -1 - 1 / 24 / 60 });
        assert.deepEqual(failed([early, ca, root]), []);
    });
});

describe("chainTo", () => {
    it("ends although two CAs signed each other", async () => {
        const one = await makeCa("One");
        const two = await makeCa("Two");
        const oneByTwo = await crossSign(one, two, "One");
        const twoByOne = await crossSign(two, one, "Two");
        assert.deepEqual(chainTo(oneByTwo, [], [oneByTwo, twoByOne]), []);
        assert.deepEqual(chainTo(oneByTwo, [two.certificate], [oneByTwo, twoByOne]), [
            oneByTwo,
            two.certificate,
        ]);
    });
});

describe("sameCertificates", () => {
    it("compares sets by their DER", async () => {
        const [one, two] = certificates([await makeCa("CA"), await makeCa("CA")]) as [
            Certificate,
            Certificate,
        ];
        assert.equal(sameCertificates([one, two, one], [two, one]), true);
        assert.equal(sameCertificates([one], [one, two]), false);
        assert.equal(sameCertificates([one, two], [one]), false);
        assert.equal(sameCertificates([], [one]), false);
    });
});

function certificates(made: Made[]): Certificate[] {
    // Parsed again, as after a handshake: no object is the same.
    return made.map(({ certificate }) => new Certificate(certificate.der));
}

async function crossSign(subject: Made, issuer: Made, commonName: string): Promise<Certificate> {
    return (await makeCa(commonName, { issuer, keys: subject.keys })).certificate;
}

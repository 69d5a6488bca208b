import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { CertificateRequest, csrFaults, withoutComments } from "../../../pki/csr";
import { encodePem, PemBlock, pemBlocks } from "../../../pki/pem";
import { keyFaults } from "../../../pki/requestKey";
import { ExtendedKeyUsageExtension, SubjectAlternativeNameExtension } from "../../../pki/x509";
import { csr, istiodSan, newKey } from "../../pki";
import { recordedExchanges } from "../../plugins/replay";
import { RequestText, smuggledRequests } from "../../smuggledRequests";

const rsa = (modulusLength: number) => ({
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
});

describe("A certificate request", () => {
    let smuggled: Record<string, RequestText>;

    before(() => {
        smuggled = smuggledRequests();
    });

    it("as a cluster's stack makes it may be signed", async () => {
        assert.deepEqual(csrFaults(await csr(await newKey()), "cluster1"), []);
    });

    it("with an RSA key of 2048 bits may be signed", async () => {
        const algorithm = rsa(2048);
        assert.deepEqual(csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), []);
    });

    const refused: Record<string, [Parameters<typeof csr>[1], string[]]> = {
        "of another cluster": [
            { subject: "O=Istio, L=cluster2, CN=Intermediate CA" },
            ["subject L: found cluster2, only cluster1 is allowed"],
        ],
        "of a root": [
            { subject: "O=Istio, CN=Root CA" },
            [
                "subject CN: found Root CA, only Intermediate CA is allowed",
                "subject L: missing, only cluster1 is allowed",
            ],
        ],
        "with one more attribute": [
            { subject: "O=Istio, L=cluster1, CN=Intermediate CA, OU=admins" },
            ["subject OU: found admins, not allowed"],
        ],
        "with attributes that have abbreviations, and one that has none": [
            { subject: "O=Istio, L=cluster1, CN=Intermediate CA, C=DE, ST=Hessen, OU=a, 2.5.4.5=b" },
            [
                "subject C: found DE, not allowed",
                "subject ST: found Hessen, not allowed",
                "subject OU: found a, not allowed",
                "subject 2.5.4.5: found b, not allowed",
            ],
        ],
        "with text that is not fit to show": [
            { subject: `O=Istio, L=\u00e4${"x".repeat(100)}, CN=Intermediate CA` },
            [`subject L: found ?${"x".repeat(79)}, only cluster1 is allowed`],
        ],
        "with an attribute twice": [
            { subject: "O=Istio, L=cluster1, CN=Intermediate CA, O=Istio" },
            ["subject: an attribute is there twice, each is allowed once"],
        ],
        "with another SAN": [
            { extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: "example.com" }])] },
            ["SAN: found dns:example.com, only dns:istiod.istio-system.svc is allowed"],
        ],
        "with one more SAN": [
            {
                extensions: [
                    new SubjectAlternativeNameExtension([
                        { type: "dns", value: "istiod.istio-system.svc" },
                        { type: "url", value: "spiffe://cluster.local/ns/foo/sa/httpbin" },
                    ]),
                ],
            },
            [
                "SAN: found dns:istiod.istio-system.svc, url:spiffe://cluster.local/ns/foo/sa/httpbin, only dns:istiod.istio-system.svc is allowed",
            ],
        ],
        "without a SAN": [
            { extensions: [] },
            ["SAN: found none, only dns:istiod.istio-system.svc is allowed"],
        ],
        "with a leaf's extensions": [
            { extensions: [istiodSan, new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1"])] },
            ["extension 2.5.29.37: found, only a SAN may be requested"],
        ],
    };
    for (const [name, [parameters, expected]] of Object.entries(refused)) {
        it(`${name} is refused`, async () => {
            assert.deepEqual(csrFaults(await csr(await newKey(), parameters), "cluster1"), expected);
        });
    }

    it("with a weak RSA key is refused", async () => {
        const algorithm = rsa(1024);
        assert.deepEqual(csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), [
            "key: found RSA of 1024 bits, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ]);
    });

    it("has an RSA key of 2048 to 8192 bits, or one on P-256 or P-384", () => {
        // No key pairs: a modulus of the size does.
        const sized = (size: number) => {
            const modulus = Buffer.alloc(Math.ceil(size / 8), 0xff);
            modulus[0] = 0xff >> (modulus.length * 8 - size);
            return createPublicKey({
                key: { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" },
                format: "jwk",
            });
        };
        const faultless = (key: KeyObject) => keyFaults(key).length === 0;
        assert.deepEqual([2047, 2048, 8192, 8193].map(sized).map(faultless), [false, true, true, false]);
        const elliptic = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey;
        const curves = ["P-256", "P-384", "P-521", "secp256k1"].map(elliptic);
        assert.deepEqual(curves.map(faultless), [true, true, false, false]);
        const [found] = keyFaults(generateKeyPairSync("ed448").publicKey);
        assert.match(found!, /^key: found ed448, RSA of 2048 to 8192 bits/);
        assert.match(keyFaults(elliptic("P-521"))[0]!, /^key: found ECDSA on secp521r1, /);
    });

    it("with an Ed25519 key is refused", async () => {
        const algorithm = { name: "Ed25519" };
        assert.deepEqual(csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), [
            "key: found Ed25519, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ]);
    });

    it("that was altered is refused", async () => {
        const [{ type, der }] = pemBlocks(await csr(await newKey())) as [PemBlock];
        der.set(Buffer.from("cluster2"), der.indexOf("cluster1"));
        assert.deepEqual(csrFaults(encodePem(type, der), "cluster2"), [
            "signature: it does not verify with the request's own key, the request was altered",
        ]);
    });

    it("is refused without an exception wherever a byte of it, or the whole, is wrong", async () => {
        const [{ der }] = pemBlocks(await csr(await newKey())) as [PemBlock];
        fc.assert(
            fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
                const mutated = Buffer.from(der);
                mutated[index]! ^= change;
                assert.notDeepEqual(csrFaults(encodePem("CERTIFICATE REQUEST", mutated), "cluster1"), []);
            }),
            { numRuns: 1000 },
        );
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.uint8Array().map(asRequest)), (text) =>
                assert.notDeepEqual(csrFaults(text, "cluster1"), []),
            ),
        );
    });

    it("is refused with whatever is smuggled into it, its key or its text, and taken as other tools write it", () => {
        const texts = Object.entries(smuggled);
        const judged = texts.map(([name, { text }]) => [name, csrFaults(text, "cluster1").length === 0]);
        const expected = texts.map(([name, { allowed }]) => [name, allowed]);
        assert.deepEqual(Object.fromEntries(judged), Object.fromEntries(expected));
    });

    const named: Record<string, string[]> = {
        "a space before BEGIN, then another": [
            "text: more than the PEM block, only white space is allowed around it",
        ],
        "another after it": ["text: 2 PEM blocks, one is allowed"],
        "a header in it": ["PEM headers: found, none are allowed"],
        "a certificate's label": ["PEM label: found CERTIFICATE, only CERTIFICATE REQUEST is allowed"],
        "all another's": [
            "subject L: found cluster2, only cluster1 is allowed",
            "SAN: found dns:*.example.com, url:spiffe://cluster.local/ns/any/sa/any, only dns:istiod.istio-system.svc is allowed",
            "key: found RSA of 1024 bits, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ],
        "two attributes in one name": [
            "subject: L and CN in one relative distinguished name, one attribute is allowed in each",
        ],
        "a string of type bmp": [
            "subject L: its text has another type than PrintableString or UTF8String, which are allowed",
        ],
        "a second and empty SAN": ["SAN: 2 extensions, one is allowed"],
        "a critical SAN": ["SAN: marked critical, which is not allowed"],
        "a challenge password": [
            "attribute 1.2.840.113549.1.9.7: found, only the extension request is allowed",
        ],
        "a second and empty extension request": ["extension request: found several, one is allowed"],
        "RSA with the exponent 3": [
            "key: found RSA with the exponent 3, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ],
        "SHA-1": [
            "signature algorithm: found 1.2.840.113549.1.1.5, RSA PKCS #1 or ECDSA with SHA-256, SHA-384 or SHA-512 is allowed",
        ],
        "version 1": ["version: found 1, only 0 is allowed"],
        "bytes after the DER": [
            "encoding: it is not the DER of these fields alone. It holds further bytes, or a length, a flag or the key in another form",
        ],
    };
    it("is refused with each field that is wrong by its name", () => {
        const found = Object.keys(named).map((name) => [name, csrFaults(smuggled[name]!.text, "cluster1")]);
        assert.deepEqual(Object.fromEntries(found), named);
    });

    it("goes to the signer as the same bytes as @pulumi/tls made it, so that nothing is signed again", () => {
        const made = recordedExchanges("tls").flatMap(({ response, method }) => {
            const { certRequestPem } = (response?.["properties"] ?? {}) as { certRequestPem?: string };
            return method.endsWith("Create") && certRequestPem?.startsWith("-----") ? [certRequestPem] : [];
        });
        const ours = made.filter((pem) => csrFaults(pem, "cluster1").length === 0);
        assert.ok(ours.length > 3, `${ours.length} of ${made.length}`);
        assert.deepEqual(
            ours.map((pem) => CertificateRequest.judge(pem, "cluster1").pem),
            ours,
        );
    });

    it("is read past what npm or openssl print around it, if nothing in that may be another one", async () => {
        const good = await csr(await newKey());
        const banner = "> istio-plugin-ca@0.1.0 csr\n> node local/run.cjs cli/main.ts csr cluster1\n\n";
        assert.equal(withoutComments(`${banner}${good}\nnpm notice\n`), good);
        for (const { text, allowed } of Object.values(smuggled)) {
            const alone = withoutComments(text);
            const isOther = !allowed && csrFaults(alone, "cluster1").length === 0;
            // What is read past, then, is no block by any reader's rules.
            assert.ok(!isOther || !text.replace(alone, "").includes("---"), JSON.stringify(text));
        }
    });
});

function asRequest(bytes: Uint8Array): string {
    return encodePem("CERTIFICATE REQUEST", bytes);
}

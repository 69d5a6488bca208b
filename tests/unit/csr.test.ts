import assert from "node:assert/strict";
import * as fc from "fast-check";
import { csrFaults } from "../../pki/csr";
import { ExtendedKeyUsageExtension, SubjectAlternativeNameExtension } from "../../pki/x509";
import { csr, istiodSan, newKey } from "../pki";

const rsa = (modulusLength: number) => ({
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
});

describe("A certificate request", () => {
    it("as a cluster's stack makes it may be signed", async () => {
        assert.deepEqual(await csrFaults(await csr(await newKey()), "cluster1"), []);
    });

    it("with an RSA key of 2048 bits may be signed", async () => {
        const algorithm = rsa(2048);
        assert.deepEqual(await csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), []);
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
        "with an attribute twice": [
            { subject: "O=Istio, L=cluster1, CN=Intermediate CA, O=Istio" },
            ["subject: an attribute stands twice, each is allowed once"],
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
            assert.deepEqual(await csrFaults(await csr(await newKey(), parameters), "cluster1"), expected);
        });
    }

    it("with a weak RSA key is refused", async () => {
        const algorithm = rsa(1024);
        assert.deepEqual(await csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), [
            "key: found RSA of 1024 bits, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ]);
    });

    it("with an Ed25519 key is refused", async () => {
        const algorithm = { name: "Ed25519" };
        assert.deepEqual(await csrFaults(await csr(await newKey(algorithm), { algorithm }), "cluster1"), [
            "key: found Ed25519, RSA of 2048 to 8192 bits with the exponent 65537, or ECDSA on P-256 or P-384 is allowed",
        ]);
    });

    it("that was altered is refused", async () => {
        const pem = await csr(await newKey());
        const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
        der.set(Buffer.from("cluster2"), der.indexOf("cluster1"));
        const altered = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
        assert.deepEqual(await csrFaults(altered, "cluster2"), [
            "signature: it does not verify with the request's own key, the request was altered",
        ]);
    });

    it("is refused without an exception wherever a byte of what is signed, or the whole, is wrong", async () => {
        const pem = await csr(await newKey());
        const body = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
        // Beyond it stand the signature's algorithm (ecdsa-with-SHA256) and value, whose BER may be written in several ways.
        const signedEnd = body.lastIndexOf(Buffer.from("300a06082a8648ce3d040302", "hex"));
        await fc.assert(
            fc.asyncProperty(
                fc.integer({ min: 4, max: signedEnd - 1 }),
                fc.integer({ min: 1, max: 255 }),
                async (index, change) => {
                    const der = Buffer.from(body);
                    der[index]! ^= change;
                    const mutated = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
                    assert.notDeepEqual(await csrFaults(mutated, "cluster1"), []);
                },
            ),
        );
        await fc.assert(
            fc.asyncProperty(fc.string(), async (text) =>
                assert.notDeepEqual(await csrFaults(text, "cluster1"), []),
            ),
        );
    });
});

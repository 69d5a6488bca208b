import * as assert from "node:assert/strict";
import { CaCertificate } from "../../../pki/caCertificate";
import { CertificateRequest, csrFaults } from "../../../pki/csr";
import { certificateNames, requestName } from "../../../pki/der";
import { signIntermediate } from "../../../pki/intermediate";
import { firstBlock } from "../../../pki/pem";
import { keyUsages } from "../../../pki/keyUsages";
import { keySigner } from "../../../pki/signer";
import { profiles } from "../../../pki/profile";
import { signedFaults } from "../../../pki/signedCertificate";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
} from "../../../pki/x509";
import { IntermediateCertificate } from "../../../components/intermediateCertificate";
import { csr, istiodSan, KeyPair, newKey, privatePem, selfSigned, signedAsAsked } from "../../pki";
import { recordedExchanges } from "../../plugins/replay";
import { smuggledRequests } from "../../smuggledRequests";
import { runMocked } from "../support/mocks";

const cluster = "cluster1";
const profile = profiles.default;
const caUsages = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);
const isCa = new BasicConstraintsExtension(true, undefined, true);

type Changes = Parameters<typeof signedAsAsked>[2];

describe("A certificate that was just signed", () => {
    let keys: KeyPair;
    let requestKeys: KeyPair;
    let csrPem: string;
    let rootCertPem: string;

    before(async () => {
        [keys, requestKeys] = [await newKey(), await newKey()];
        csrPem = await csr(requestKeys);
        rootCertPem = await selfSigned(keys, { days: 100 });
    });

    const signed = (changes?: Changes) =>
        signedAsAsked(csrPem, { keys, pem: rootCertPem }, { ...valid(50), ...changes });
    const judged = (certPem: string, asked: Partial<Parameters<typeof signedFaults>[1]>) =>
        signedFaults(certPem, {
            request: CertificateRequest.judge(csrPem, cluster),
            cluster,
            rootCertPem,
            profile,
            ...asked,
        });
    const faults = (certPem: string) => judged(certPem, {});

    it("is shown where it is what was asked for", async () => {
        assert.deepEqual(faults(await signed()), []);
    });

    it("has the request's name, byte by byte, where this project signs", async function () {
        this.timeout("1m");
        const texts = smuggledRequests();
        for (const name of ["good", "PrintableStrings", "another order", "P-384", "RSA 2048, SHA-512"]) {
            const { text } = texts[name]!;
            const signer = keySigner(await privatePem(keys));
            const certificate = await signIntermediate({
                csrPem: text,
                cluster,
                rootCertPem,
                signer,
                validityDays: 1,
            });
            const [signed, requested] = [certificate, text].map((pem) => firstBlock(pem)!.der) as [
                Buffer,
                Buffer,
            ];
            assert.deepEqual(certificateNames(signed).subject, requestName(requested), name);
        }
    });

    it("is shown as the official @pulumi/tls made it", () => {
        const made = recordedExchanges("tls")
            .filter(({ method, request }) => method.endsWith("Create") && request["name"] === "int")
            .map(({ response }) => (response?.["properties"] ?? {}) as Record<string, string>)
            .filter(({ certPem }) => certPem?.startsWith("-----"))
            .filter(({ certRequestPem }) => csrFaults(certRequestPem!, cluster).length === 0);
        assert.ok(made.length > 1);
        for (const { certPem, caCertPem, certRequestPem, ...properties } of made) {
            const allowedUses = properties["allowedUses"] as unknown as string[];
            const request = CertificateRequest.judge(certRequestPem!, cluster);
            const asked = {
                request,
                cluster,
                rootCertPem: caCertPem!,
                profile: { ...profile, allowedUses, nested: false },
            };
            assert.deepEqual(signedFaults(certPem!, asked), []);
        }
    });

    const san = (...names: ConstructorParameters<typeof SubjectAlternativeNameExtension>[0] & object[]) =>
        new SubjectAlternativeNameExtension(names);
    const lies: Record<string, [() => Promise<Changes>, string[]]> = {
        "another cluster's subject": [
            () => Promise.resolve({ subject: "O=Istio, L=cluster2, CN=Intermediate CA" }),
            ["subject L: found cluster2, only cluster1 is allowed"],
        ],
        "another name": [
            () =>
                Promise.resolve({
                    extensions: [isCa, caUsages, san({ type: "dns", value: "*.example.com" })],
                }),
            ["SAN: found dns:*.example.com, only dns:istiod.istio-system.svc is allowed"],
        ],
        "no name": [
            () => Promise.resolve({ extensions: [isCa, caUsages] }),
            ["SAN: found none, only dns:istiod.istio-system.svc is allowed"],
        ],
        "another key": [
            async () => ({ publicKey: (await newKey()).publicKey }),
            ["key: it is not the request's"],
        ],
        "no CA": [
            () =>
                Promise.resolve({ extensions: [new BasicConstraintsExtension(false), caUsages, istiodSan] }),
            ["basic constraints: they are not those of the profile"],
        ],
        "a path length": [
            () =>
                Promise.resolve({
                    extensions: [new BasicConstraintsExtension(true, 5, true), caUsages, istiodSan],
                }),
            ["basic constraints: they are not those of the profile"],
        ],
        "another key usage": [
            () =>
                Promise.resolve({
                    extensions: [isCa, new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true), istiodSan],
                }),
            ["key usage: it is not that of the profile"],
        ],
        "no key usage": [
            () => Promise.resolve({ extensions: [isCa, istiodSan] }),
            ["key usage: it is not that of the profile"],
        ],
        "an extended key usage": [
            () =>
                Promise.resolve({
                    extensions: [
                        isCa,
                        caUsages,
                        istiodSan,
                        new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1"]),
                    ],
                }),
            ["extension 2.5.29.37: found, but not asked for"],
        ],
        "an extension twice": [
            () => {
                const keyId = new AuthorityKeyIdentifierExtension("00".repeat(20));
                return Promise.resolve({ extensions: [isCa, caUsages, istiodSan, keyId, keyId] });
            },
            ["extensions: one is there twice"],
        ],
        "another issuer's name": [
            () => Promise.resolve({ issuer: "O=Other, CN=Root CA" }),
            ["signature: it does not verify with the root's name and key"],
        ],
        "another signature": [
            async () => ({ signingKey: (await newKey()).privateKey }),
            ["signature: it does not verify with the root's name and key"],
        ],
        "a longer life than its root's": [
            () => Promise.resolve(valid(200)),
            ["validity: it outlives its root"],
        ],
        "a longer life than was asked for": [
            () => Promise.resolve(valid(2000)),
            ["validity: it outlives its root", "validity: 2000 days, 365 were asked for"],
        ],
    };
    for (const [lie, [changes, expected]] of Object.entries(lies)) {
        it(`is not shown with ${lie}`, async () => {
            assert.deepEqual(faults(await signed(await changes())), expected);
        });
    }

    it("may live an hour longer than its root and a day longer than was asked for, not a second more", async () => {
        const issuer = { keys, pem: rootCertPem };
        const [root] = CaCertificate.all(rootCertPem) as [CaCertificate];
        const until = async (notAfter: number) =>
            faults(await signedAsAsked(csrPem, issuer, { notAfter: new Date(notAfter) }));
        const end = root.notAfter.getTime() + 3_600_000;
        assert.deepEqual(await until(end), []);
        assert.deepEqual(await until(end + 1000), ["validity: it outlives its root"]);
        const lasting = async (ms: number) => {
            const { notBefore } = valid(1);
            const lives = { notBefore, notAfter: new Date(notBefore.getTime() + ms) };
            const unnested = { ...profile, nested: false };
            return judged(await signedAsAsked(csrPem, issuer, lives), { profile: unnested });
        };
        assert.deepEqual(await lasting(366 * 86_400_000), []);
        assert.deepEqual(await lasting(366 * 86_400_000 + 1000), ["validity: 366 days, 365 were asked for"]);
    });

    it("has the key usages that its profile names, and extended ones where it names such", async () => {
        const extended = new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1"]);
        const withUsage = await signed({ extensions: [isCa, caUsages, istiodSan, extended] });
        const server = { ...profile, allowedUses: [...profile.allowedUses, "server_auth"] };
        assert.deepEqual(judged(withUsage, { profile: server }), []);
        const uses = Object.keys(keyUsages);
        for (const use of uses) {
            const usages = new KeyUsagesExtension(keyUsages[use]!, true);
            const certPem = await signed({ extensions: [isCa, usages, istiodSan] });
            const found = (allowedUses: string[]) =>
                judged(certPem, { profile: { ...profile, allowedUses } });
            assert.deepEqual(found([use]), [], use);
            const others = uses.filter((each) => each !== use);
            assert.deepEqual(found(others), ["key usage: it is not that of the profile"], use);
        }
    });

    it("has the path length that was asked for", async () => {
        const limited = new BasicConstraintsExtension(true, 0, true);
        const certPem = await signed({ extensions: [limited, caUsages, istiodSan] });
        assert.deepEqual(judged(certPem, { pathLength: 0 }), []);
        assert.deepEqual(judged(certPem, {}), ["basic constraints: they are not those of the profile"]);
    });

    it("is not shown beside another, nor where it is none", async () => {
        const expected = ["it is not one PEM certificate"];
        assert.deepEqual(faults((await signed()) + (await signed())), expected);
        assert.deepEqual(faults(csrPem), expected);
        assert.deepEqual(faults(""), expected);
    });

    it("is shown by the component as it is, and not where its provider lies", async () => {
        const privateKeyPem = await privatePem(keys);
        const program = () =>
            new IntermediateCertificate(cluster, {
                cluster,
                certRequestPem: csrPem,
                ca: { certPem: rootCertPem, privateKeyPem },
            }).certPem;
        const certPem = await signed();
        const { outputs } = await runMocked(program, { certPem });
        assert.equal(outputs, certPem);
        const lie = await signed({ subject: "O=Istio, L=cluster2, CN=Intermediate CA" });
        await assert.rejects(runMocked(program, { certPem: lie }), {
            message:
                'error serializing property "outputs": ' +
                [
                    "What was signed for cluster cluster1 is not what was asked for, and is not used:",
                    "subject L: found cluster2, only cluster1 is allowed",
                    "Find out what signed it: that provider or command changed the request.",
                ].join("\n  "),
        });
    });
});

function valid(days: number) {
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
    return { notBefore, notAfter: new Date(notBefore.getTime() + days * 86_400_000) };
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, Validity } from "@peculiar/asn1-x509";
import { isSecret, secret, unknownValue, unwrapSecrets } from "../../local/plugins/properties";
import { PropertyMap, PropertyValue } from "../../local/plugins/provider";
import { expectPem } from "../../local/plugins/tls/pem";
import { keyOutputs } from "../../local/plugins/tls/privateKey";
import { pem } from "../pki";
import { PluginProcess } from "./pluginProcess";
import { Answer, Exchange, Json, recordedExchanges, some } from "./replay";
import { privateKeyOf } from "../../pki/pemKey";

const exchanges = recordedExchanges("tls");

describe("the stand-in for the tls plugin", function () {
    this.timeout(60_000);
    let plugin: PluginProcess;
    before(async () => (plugin = await PluginProcess.start("tls")));
    after(() => plugin.stop());

    describe("answers as the official plugin did", () => {
        for (const exchange of some(exchanges)) {
            it(exchange.source, async () => {
                const { request, expected } = today(exchange);
                const answer = await plugin.call(exchange.method, request);
                assert.deepEqual(comparable(answer, request), comparable(expected, request));
            });
        }
    });

    describe("gives the forms of a key that the official plugin gave", () => {
        for (const { source, response } of some(exchanges.filter(isPrivateKeyCreated))) {
            it(source, () => {
                const official = unwrapSecrets(response!["properties"] as PropertyMap);
                const outputs = keyOutputs(privateKeyOf(official["privateKeyPem"] as string));
                for (const [name, value] of Object.entries(outputs)) {
                    assert.equal(
                        withoutCheckBytes(name, value),
                        withoutCheckBytes(name, official[name]),
                        name,
                    );
                }
            });
        }
    });

    describe("beyond what was recorded", () => {
        const caUses = ["cert_signing", "crl_signing"];
        const create = async (type: string, properties: Json): Promise<Answer> =>
            plugin.call("Create", { type, name: "x", urn: `urn:pulumi:s::p::${type}::x`, properties });
        const created = async (type: string, properties: Json): Promise<Record<string, string>> => {
            const { response, error } = await create(type, properties);
            assert.equal(error, undefined);
            return unwrapSecrets(response!["properties"] as PropertyMap) as Record<string, string>;
        };
        const newKey = async (properties: Json): Promise<string> =>
            (await created(privateKeyType, properties))["privateKeyPem"]!;
        const newRoot = async (privateKeyPem: string, properties: Json = {}): Promise<string> =>
            (
                await created(selfSignedCertType, {
                    privateKeyPem,
                    isCaCertificate: true,
                    validityPeriodHours: 24,
                    allowedUses: caUses,
                    subject: { commonName: "Root CA", organization: "Istio" },
                    ...properties,
                })
            )["certPem"]!;
        const newRequest = async (privateKeyPem: string, properties: Json = {}): Promise<string> =>
            (
                await created(certRequestType, {
                    privateKeyPem,
                    subject: { commonName: "Intermediate CA", organization: "Istio", locality: "cluster1" },
                    ...properties,
                })
            )["certRequestPem"]!;

        for (const key of [
            { algorithm: "RSA", rsaBits: 2048 },
            { algorithm: "ECDSA" },
            { algorithm: "ECDSA", ecdsaCurve: "P256" },
            { algorithm: "ECDSA", ecdsaCurve: "P384" },
            { algorithm: "ECDSA", ecdsaCurve: "P521" },
            { algorithm: "ED25519" },
        ]) {
            it(`makes a chain that openssl verifies with ${Object.values(key).join(" ")}`, async () => {
                const [rootKey, intermediateKey] = await Promise.all([newKey(key), newKey(key)]);
                const root = await newRoot(rootKey);
                const request = await newRequest(intermediateKey, { dnsNames: ["istiod.istio-system.svc"] });
                const intermediate = await created(locallySignedCertType, {
                    certRequestPem: request,
                    caPrivateKeyPem: rootKey,
                    caCertPem: root,
                    isCaCertificate: true,
                    validityPeriodHours: 1,
                    allowedUses: caUses,
                });
                const files = await write({ root, intermediate: intermediate["certPem"]!, request });
                await openssl("verify", "-x509_strict", "-CAfile", files["root"]!, files["intermediate"]!);
                await openssl("req", "-verify", "-noout", "-in", files["request"]!);
            });
        }

        it("keeps the issuer's name byte for byte when another tool encoded it", async () => {
            const rootKey = await newKey({ algorithm: "ECDSA", ecdsaCurve: "P256" });
            const { key } = await write({ key: rootKey });
            const made = ["-x509", "-new", "-utf8", "-key", key!, "-subj", "/O=Ünïcode/CN=Root/DC=example"];
            const root = await openssl("req", ...made, "-addext", "basicConstraints=critical,CA:TRUE");
            const certificate = await created(locallySignedCertType, {
                certRequestPem: await newRequest(rootKey),
                caPrivateKeyPem: rootKey,
                caCertPem: root,
                validityPeriodHours: 1,
                allowedUses: ["server_auth"],
            });
            const files = await write({ root, leaf: certificate["certPem"]! });
            await openssl("verify", "-CAfile", files["root"]!, files["leaf"]!);
        });

        it("generates RSA keys while it answers other calls", async () => {
            let made = false;
            const key = newKey({ algorithm: "RSA", rsaBits: 4096 }).then(() => (made = true));
            await plugin.call("GetPluginInfo", {});
            assert.equal(made, false);
            await key;
        });

        it("refuses a key that is not the authority's", async () => {
            const [one, other] = await Promise.all([
                newKey({ algorithm: "ED25519" }),
                newKey({ algorithm: "ED25519" }),
            ]);
            const { error } = await create(locallySignedCertType, {
                certRequestPem: await newRequest(one),
                caPrivateKeyPem: other,
                caCertPem: await newRoot(one),
                validityPeriodHours: 1,
                allowedUses: [],
            });
            const expected =
                "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey";
            assert.equal(error, expected);
        });

        it("refuses what the official provider refuses", async () => {
            const privateKeyPem = await newKey({ algorithm: "ED25519" });
            const refusal = async (properties: Json): Promise<string | undefined> =>
                (
                    await create(selfSignedCertType, {
                        privateKeyPem,
                        validityPeriodHours: 1,
                        allowedUses: [],
                        ...properties,
                    })
                ).error;
            assert.equal(
                await refusal({ maxPathLength: 1 }),
                "Failed to create certificate: x509: only CAs are allowed to specify MaxPathLen",
            );
            assert.equal(
                await refusal({ ipAddresses: ["300.1.1.1"] }),
                'Invalid IP address: Failed to parse "300.1.1.1"',
            );
            assert.equal(
                await refusal({ isCaCertificate: true }),
                "Invalid Certificate Subject: Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
            );
            assert.equal(
                await refusal({ setAuthorityKeyId: true }),
                "Invalid Certificate Authority: Could not determine Authority Key Identifier",
            );
        });

        it("reveals nothing of a key that it cannot read", async () => {
            const privateKeyPem = pem(Buffer.from("no key"), "PRIVATE KEY");
            const { error } = await create(certRequestType, { privateKeyPem });
            const expected =
                "Failed to parse private key PEM: failed to parse private key given PEM preamble 'PRIVATE KEY'";
            assert.equal(error, expected);
        });

        it("warns of an authority that is not a CA", async () => {
            const key = await newKey({ algorithm: "ED25519" });
            await created(locallySignedCertType, {
                certRequestPem: await newRequest(key),
                caPrivateKeyPem: key,
                caCertPem: await newRoot(key, { isCaCertificate: false }),
                validityPeriodHours: 1,
                allowedUses: [],
            });
            assert.match(plugin.messages.at(-1)!, /^warning: Potentially Invalid Certificate Authority: /);
        });

        it("names the resources it lacks", async () => {
            const { error } = await create("tls:index/other:Other", {});
            assert.match(error!, /no resource tls:index\/other:Other; use the official plugin/);
        });

        async function write(texts: Record<string, string>): Promise<Record<string, string>> {
            const dir = await fs.mkdtemp(path.join(plugin.dir, "pem-"));
            const files = Object.keys(texts).map((name) => [name, path.join(dir, name)] as const);
            await Promise.all(files.map(([name, file]) => fs.writeFile(file, texts[name]!, { mode: 0o600 })));
            return Object.fromEntries(files);
        }
    });
});

const privateKeyType = "tls:index/privateKey:PrivateKey";
const certRequestType = "tls:index/certRequest:CertRequest";
const selfSignedCertType = "tls:index/selfSignedCert:SelfSignedCert";
const locallySignedCertType = "tls:index/locallySignedCert:LocallySignedCert";

async function openssl(...args: string[]): Promise<string> {
    return (await promisify(execFile)("openssl", args)).stdout;
}

/** The recorded exchange with its times of validity moved by its age. */
function today({ request, response, error, time }: Exchange): { request: Json; expected: Answer } {
    const age = Date.now() - time.getTime();
    const moved = (json: Json): Json =>
        JSON.parse(
            JSON.stringify(json).replace(
                /"(validity(?:Start|End)Time)":"(\d{4}-[^"]*)"/g,
                (_, name: string, value: string) =>
                    `"${name}":"${new Date(Date.parse(value) + age).toISOString()}"`,
            ),
        ) as Json;
    return { request: moved(request), expected: response ? { response: moved(response) } : { error } };
}

/** The answer without what depends on chance and the clock. */
function comparable(answer: Answer, request: Json): Answer {
    const response = answer.response && { ...answer.response };
    if (response && "version" in response) {
        response["version"] = "any";
    }
    if (response?.["diffs"]) {
        response["diffs"] = (response["diffs"] as string[]).toSorted();
    }
    if (response?.["id"] && !request["id"]) {
        const given = Object.keys(request["properties"] as PropertyMap);
        response["id"] = (response["id"] as string).replace(/^(\d+|[0-9a-f]{40})$/, "any");
        response["properties"] = Object.fromEntries(
            Object.entries(response["properties"] as PropertyMap).map(([name, value]) => [
                name,
                given.includes(name) ? value : withoutChance(name, value!),
            ]),
        );
    }
    return { ...answer, ...(response && { response }) };
}

function withoutChance(name: string, value: PropertyValue): PropertyValue {
    if (isSecret(value)) {
        return secret(withoutChance(name, unwrapSecrets(value)));
    }
    if (typeof value !== "string" || value === unknownValue) {
        return value;
    }
    switch (name) {
        case "certPem":
            return certificateContent(value);
        case "certRequestPem":
            return requestContent(value);
        case "id":
            return value.replace(/^(\d+|[0-9a-f]{40})$/, "any");
        case "publicKeyOpenssh":
            return value.replace(/ \S+\n$/, " any");
        default:
            return value
                .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z$/, "any time")
                .replace(/\n[\s\S]+\n(-----END)/, " any $1")
                .replace(/^SHA256:[\w+/]{43}$|^[0-9a-f]{2}(:[0-9a-f]{2}){15}$/, "any fingerprint");
    }
}

/** All that is signed except the serial number and the dates, whose difference remains. */
function certificateContent(pem: string): string {
    const { tbsCertificate } = AsnConvert.parse(expectPem(pem, "CERTIFICATE"), Certificate);
    const { notBefore, notAfter } = tbsCertificate.validity;
    const hours = (notAfter.getTime().getTime() - notBefore.getTime().getTime()) / 3_600_000;
    tbsCertificate.serialNumber = new ArrayBuffer(1);
    tbsCertificate.validity = new Validity({ notBefore: new Date(0), notAfter: new Date(0) });
    return `${Buffer.from(AsnConvert.serialize(tbsCertificate)).toString("hex")} for ${hours} hours`;
}

function requestContent(pem: string): string {
    const request = AsnConvert.parse(expectPem(pem, "CERTIFICATE REQUEST"), CertificationRequest);
    return Buffer.from(AsnConvert.serialize(request.certificationRequestInfo)).toString("hex");
}

function isPrivateKeyCreated({ method, request, response }: Exchange): boolean {
    return method === "Create" && request["type"] === "tls:index/privateKey:PrivateKey" && !!response?.["id"];
}

/** OpenSSH's form holds a random number, twice. */
function withoutCheckBytes(name: string, value: PropertyValue | undefined): string {
    if (name !== "privateKeyOpenssh") {
        return value as string;
    }
    const der = expectPem(value as string, "OPENSSH PRIVATE KEY");
    const publicKeyLength = der.readUInt32BE(39);
    return der.fill(0, 39 + 4 + publicKeyLength + 4, 39 + 4 + publicKeyLength + 12).toString("hex");
}

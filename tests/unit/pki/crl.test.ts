import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CRLNumber } from "@peculiar/asn1-x509";
import { CaCertificate } from "../../../pki/caCertificate";
import { Certificate } from "../../../pki/certificate";
import { Crl, currentCrl as currentOrSigned, serialNumber } from "../../../pki/crl";
import { firstBlock } from "../../../pki/pem";
import { issuerOf } from "../../../pki/issuer";
import { CrlRequest, signCrl } from "../../../pki/signedCrl";
import { keySigner, Signer } from "../../../pki/signer";
import { JsonName, X509Crl } from "../../../pki/x509";
import { csr, newKey, privatePem, selfSigned } from "../../pki";
import { opensslKeys, opensslRoot } from "../../signing";

describe("A CA's CRL", () => {
    let dir: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "crl-"));
        await opensslRoot(dir, "root", { key: opensslKeys.p256 });
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    const file = (name: string) => fs.readFileSync(path.join(dir, name), "utf8");
    const openssl = (...args: string[]) =>
        execFileSync("openssl", args, { cwd: dir, encoding: "utf8", stdio: "pipe" });
    const signer = () => keySigner(file("root-key.pem"));
    const currentCrl = (before: string, request: CrlRequest) =>
        currentOrSigned(before, request, () => signCrl(request));

    for (const [name, key] of Object.entries(opensslKeys)) {
        it(`verifies with openssl under a root with the key ${name}`, async () => {
            await opensslRoot(dir, name, { key });
            const list = await signCrl({
                issuerPem: file(`${name}.pem`),
                signer: keySigner(file(`${name}-key.pem`)),
                revoked: { "00ff01": "2026-01-02T03:04:05Z" },
            });
            fs.writeFileSync(path.join(dir, "list.pem"), list);
            const text = openssl("crl", "-in", "list.pem", "-CAfile", `${name}.pem`, "-text", "-noout");
            assert.match(text, /Serial Number: 0*FF01\s+Revocation Date: Jan {2}2 03:04:05 2026 GMT/);
            assert.match(text, /Next Update: Dec 31 23:59:59 9999 GMT/);
            assert.match(text, /CA Compromise/);
        });
    }

    it("is of a CA by the bytes of its name, as Envoy looks for it", async () => {
        const keys = await newKey();
        const named = (type: string) =>
            selfSigned(keys, {
                subject: [{ CN: [{ [type]: "Root CA" }] }] as unknown as JsonName,
                keyId: "11",
            });
        const [utf8, printable] = [await named("utf8String"), await named("printableString")];
        const [list] = Crl.all(await signCrl({ issuerPem: utf8, signer: keySigner(await privatePem(keys)) }));
        assert.equal(list!.isOf(issuerOf(utf8)), true);
        assert.equal(list!.isOf(issuerOf(printable)), false);
    });

    it("revokes for openssl what it names, and nothing else", async () => {
        openssl(
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "k.pem",
            "-out",
            "c.csr",
            "-subj",
            "/O=x",
        );
        openssl(
            "x509",
            "-req",
            "-in",
            "c.csr",
            "-CA",
            "root.pem",
            "-CAkey",
            "root-key.pem",
            "-set_serial",
            "0x0abc",
            "-out",
            "c.pem",
        );
        const verify = async (revoked: Record<string, string>) => {
            const list = await signCrl({ issuerPem: file("root.pem"), signer: signer(), revoked });
            fs.writeFileSync(path.join(dir, "list.pem"), list);
            const args = ["-crl_check", "-CRLfile", "list.pem", "-CAfile", "root.pem", "c.pem"];
            return openssl("verify", ...args);
        };
        assert.match(await verify({ "0abd": new Date().toISOString() }), /OK/);
        await assert.rejects(verify({ abc: new Date().toISOString() }), /certificate revoked/);
    });

    it("is there for a request before the certificate, under the name and key that this will have", async () => {
        const keys = await newKey();
        const issuerPem = await csr(keys);
        const list = await signCrl({ issuerPem, signer: keySigner(await privatePem(keys)) });
        const [crl] = Crl.all(list);
        assert.equal(crl?.issuer, "O=Istio, L=cluster1, CN=Intermediate CA");
        assert.match(crl.keyId!, /^[0-9a-f]{40}$/);
        assert.equal(crl.serials.size, 0);
    });

    it("stays as it was signed while it says the same", async () => {
        const request = {
            issuerPem: file("root.pem"),
            signer: signer(),
            revoked: { "0a": "2026-01-01T00:00:00Z" },
        };
        const list = await signCrl(request);
        const refusing: Signer = () => Promise.reject(new Error("signed again"));
        const other = await signCrl({ issuerPem: await csr(await newKey()), signer: signer() }).catch(
            () => "",
        );
        assert.equal(await currentCrl(other + list, { ...request, signer: refusing }), list);
        const changed = { ...request, signer: refusing, revoked: {} };
        await assert.rejects(currentCrl(list, changed), /signed again/);
    });

    it("is signed again if one of several serial numbers differs, or another key signed the previous one", async () => {
        const at = "2026-01-01T00:00:00Z";
        const of = (...serials: string[]) => ({
            issuerPem: file("root.pem"),
            signer: signer(),
            revoked: Object.fromEntries(serials.map((serial) => [serial, at])),
        });
        const list = await signCrl(of("0a", "0b"));
        const next = await currentCrl(list, of("0a", "0c"));
        assert.deepEqual([...Crl.all(next)[0]!.serials], ["a", "c"]);
        assert.equal(await currentCrl(list, of("0b", "A")), list);
        // Of the same name and key identifier, so that only the signature differs.
        const forged = new Crl(Buffer.from(Crl.all(list)[0]!.der));
        forged.der[forged.der.length - 1]! ^= 1;
        const signed = await currentCrl(forged.pem, of("0a", "0b"));
        assert.notEqual(signed, forged.pem);
        assert.equal(Crl.all(signed)[0]!.issuedBy(CaCertificate.all(file("root.pem"))[0]!), true);
    });

    it("is of a CA's name and key, and of none by one of them alone", async () => {
        const [keys, others] = [await newKey(), await newKey()];
        const [issuerPem, sameName, sameKey] = [
            await csr(keys),
            await csr(others),
            await csr(keys, { subject: "O=Istio, L=cluster2, CN=Intermediate CA" }),
        ];
        const list = await signCrl({ issuerPem, signer: keySigner(await privatePem(keys)) });
        const [crl] = Crl.all(list);
        const isOf = [issuerPem, sameName, sameKey].map((pem) => crl!.isOf(issuerOf(pem)));
        assert.deepEqual(isOf, [true, false, false]);
    });

    it("is not of a CA that may not sign CRLs, nor of a certificate that is not a CA's", async () => {
        const keys = await newKey();
        const subject = "O=Istio, L=cluster1, CN=Intermediate CA";
        const list = await signCrl({
            issuerPem: await csr(keys, { subject }),
            signer: keySigner(await privatePem(keys)),
        });
        const by = async (ca: boolean) =>
            Crl.all(list)[0]!.issuedBy(CaCertificate.all(await selfSigned(keys, { subject, ca }))[0]!);
        assert.deepEqual([await by(true), await by(false)], [true, false]);
    });

    it("is of no key of another kind, and says nothing of it", async () => {
        const [list] = Crl.all(await signCrl({ issuerPem: file("root.pem"), signer: signer() }));
        const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
        const keys = await newKey({ ...rsa, publicExponent: new Uint8Array([1, 0, 1]) });
        const { publicKey } = new Certificate(firstBlock(await selfSigned(await newKey()))!.der);
        assert.equal(list!.signedBy(publicKey), false);
        const { publicKey: other } = issuerOf(await csr(keys, { algorithm: rsa }));
        assert.equal(list!.signedBy(other), false);
    });

    it("begins ten minutes ago, in whole seconds, and no revocation in it is later", async () => {
        const now = new Date("2026-01-02T03:04:05.678Z");
        const revoked = { "01": "2026-01-02T03:00:00Z", "02": "2025-01-01T00:00:00Z" };
        const request = { issuerPem: file("root.pem"), signer: signer(), now, revoked };
        const parsed = new X509Crl(await signCrl(request));
        const begins = new Date("2026-01-02T02:54:05Z");
        assert.deepEqual(parsed.thisUpdate, begins);
        const dates = parsed.entries.map(({ revocationDate }) => revocationDate);
        assert.deepEqual(dates, [begins, new Date("2025-01-01T00:00:00Z")]);
        assert.deepEqual(
            [...parsed.extensions].map(({ type, critical }) => [type, critical]),
            [
                ["2.5.29.35", false],
                ["2.5.29.20", false],
            ],
        );
        const number = parsed.extensions.find(({ type }) => type === "2.5.29.20")!.value;
        assert.equal(Number(AsnConvert.parse(number, CRLNumber).value), Math.floor(now.getTime() / 1000));
    });

    it("has serial numbers without leading zeros, but for that of nothing", () => {
        assert.deepEqual(["00AB", "0", "000", "a0", "0a0"].map(serialNumber), ["ab", "0", "0", "a0", "a0"]);
    });

    it("is not signed with a key that neither istiod nor Envoy verifies with", () => {
        for (const [pair, message] of [
            [generateKeyPairSync("ed25519"), /^The root's key is ed25519 : RSA, or ECDSA on P-256 or P-384/],
            [
                generateKeyPairSync("ec", { namedCurve: "P-521" }),
                /^The root's key is ec secp521r1: RSA, or ECDSA on P-256 or P-384 is allowed\.$/,
            ],
        ] as const) {
            const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
            assert.throws(() => keySigner(key)(Buffer.from("data")), { message });
        }
    });

    it("is not read from anything else", () => {
        assert.deepEqual(Crl.all(file("root.pem")), []);
    });

    it("is not used if another key signed it", async () => {
        const keys = await newKey();
        const request = { issuerPem: await csr(keys), signer: signer() };
        await assert.rejects(signCrl(request), /does not verify with the key of O=Istio, L=cluster1/);
    });
});

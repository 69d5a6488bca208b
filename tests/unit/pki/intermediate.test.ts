import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { signIntermediate, SigningRequest } from "../../../pki/intermediate";
import { keySigner } from "../../../pki/signer";
import { CaCertificate } from "../../../pki/caCertificate";
import { checkCa } from "../../../pki/rules/checkCa";
import { authority, constraints } from "../../caAuthority";
import { opensslKeys, opensslRoot } from "../../signing";
import { csr, KeyPair, newKey, privatePem, selfSigned, parsedCertificate } from "../../pki";

const cluster = "cluster1";

describe("An intermediate signed outside Pulumi", () => {
    let dir: string;
    let keys: KeyPair;
    let csrPem: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "sign-"));
        keys = await newKey();
        csrPem = await csr(keys);
        await opensslRoot(dir, "root");
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
    const file = (name: string) => fs.readFileSync(path.join(dir, name), "utf8");
    const request = (changes: Partial<SigningRequest> = {}): SigningRequest => ({
        csrPem,
        cluster,
        rootCertPem: file("root.pem"),
        signer: keySigner(file("root-key.pem")),
        validityDays: 365,
        ...changes,
    });

    for (const [name, key] of Object.entries({
        "an ECDSA P-256": opensslKeys.p256,
        "an ECDSA P-384": opensslKeys.p384,
        "an RSA": opensslKeys.rsa,
    })) {
        it(`verifies with openssl and breaks no rule under ${name} root`, async () => {
            await opensslRoot(dir, "root", { key });
            const certificate = await signIntermediate(request());
            fs.writeFileSync(path.join(dir, "ca.pem"), certificate);
            openssl("verify", "-x509_strict", "-CAfile", "root.pem", "ca.pem");
            const files = {
                "ca-cert.pem": certificate,
                "ca-key.pem": await privatePem(keys),
                "cert-chain.pem": certificate,
                "root-cert.pem": file("root.pem"),
            };
            assert.deepEqual(checkCa(files), []);
        });
    }

    it("names its root's key as the root does, however that was made", async () => {
        const rootKeys = await newKey();
        const root = async (keyId: string) => {
            const rootCertPem = await selfSigned(rootKeys, { keyId });
            fs.writeFileSync(path.join(dir, "root.pem"), rootCertPem);
            return rootCertPem;
        };
        const rootCertPem = await root("11".repeat(32));
        const signer = keySigner(await privatePem(rootKeys));
        const certificate = await signIntermediate(request({ rootCertPem, signer }));
        fs.writeFileSync(path.join(dir, "ca.pem"), certificate);
        const verify = () => openssl("verify", "-CAfile", "root.pem", "ca.pem");
        verify();
        await root("22".repeat(20));
        assert.throws(verify, /unable to get local issuer certificate/);
    });

    it("never outlives its root", async () => {
        await opensslRoot(dir, "root", { key: opensslKeys.rsa, days: 100 });
        fs.writeFileSync(path.join(dir, "ca.pem"), await signIntermediate(request()));
        const [ca, above] = ["ca.pem", "root.pem"].map((name) =>
            openssl("x509", "-in", name, "-noout", "-enddate").toString(),
        );
        assert.equal(ca, above);
    });

    it("begins ten minutes ago, and not before its root, in whole seconds, and ends after the days that were asked for", async () => {
        const rootKeys = await newKey();
        const signer = keySigner(await privatePem(rootKeys));
        const rootCertPem = await selfSigned(rootKeys);
        const [root] = CaCertificate.all(rootCertPem) as [CaCertificate];
        const at = async (more: number, validityDays: number) => {
            const now = new Date(root.notBefore.getTime() + more);
            const pem = await signIntermediate(request({ rootCertPem, signer, now, validityDays }));
            const [{ notBefore, notAfter }] = CaCertificate.all(pem) as [CaCertificate];
            return [notBefore, notAfter].map((date) => date.getTime() - root.notBefore.getTime());
        };
        const day = 86_400_000;
        assert.deepEqual(await at(3_600_999, 1), [3_000_000, 3_600_000 + day]);
        assert.deepEqual(await at(599_000, 2), [0, 599_000 + 2 * day]);
        assert.deepEqual(await at(601_000, 3650), [1000, 3650 * day]);
    });

    it("is marked as a CA's by critical extensions", async () => {
        const parsed = parsedCertificate(await signIntermediate(request()));
        assert.deepEqual(
            [...parsed.extensions].map(({ type, critical }) => [type, critical]),
            [
                ["2.5.29.19", true],
                ["2.5.29.15", true],
                ["2.5.29.14", false],
                ["2.5.29.35", false],
                ["2.5.29.17", false],
            ],
        );
    });

    it("is signed with an encrypted key by its passphrase alone", async () => {
        await opensslRoot(dir, "root");
        openssl("pkcs8", "-topk8", "-in", "root-key.pem", "-passout", "pass:secret", "-out", "encrypted.pem");
        const encrypted = file("encrypted.pem");
        assert.throws(() => keySigner(encrypted), {
            message: "The root key is encrypted.",
        });
        assert.throws(() => keySigner(encrypted, "wrong"), {
            message: "The root key cannot be read: it is not a PEM private key, or the passphrase is wrong.",
        });
        await signIntermediate(request({ signer: keySigner(encrypted, "secret") }));
    });

    it("is not printed if istiod would reject it: below a root that Go cannot read, or that forbids istiod's names", async () => {
        const keys = await newKey();
        const constrained = await authority({
            subject: "CN=Constrained",
            keys,
            extensions: [constraints([{ dNSName: "corp.example.com" }])],
        });
        fs.writeFileSync(path.join(dir, "key.pem"), await privatePem(keys));
        const extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
        const negative = [
            "-set_serial",
            "-5",
            "-subj",
            "/CN=Negative",
            "-key",
            "key.pem",
            "-out",
            "negative.pem",
        ];
        openssl("req", "-x509", "-new", ...negative, ...extensions);
        const signer = keySigner(await privatePem(keys));
        for (const [rootCertPem, words] of [
            [constrained.pem, /^Error: istiod would reject what was signed: .*(not permitted|constraint)/],
            [file("negative.pem"), /^Error: .*negative serial number/],
        ] as const) {
            await assert.rejects(signIntermediate(request({ rootCertPem, signer })), words);
        }
    });

    it("is refused as the root stack would, and for a root or key that does not fit", async () => {
        await assert.rejects(signIntermediate(request({ cluster: "cluster2" })), {
            message: [
                "The certificate request of cluster cluster2 was refused, nothing was signed:",
                "subject L: found cluster1, only cluster2 is allowed",
                "Find out who altered it, and have cluster cluster2 make its request again.",
            ].join("\n  "),
        });
        const signer = keySigner(await privatePem(await newKey()));
        await assert.rejects(
            signIntermediate(request({ signer })),
            /^Error: What was signed does not verify with the root .* Sign with the key that belongs to it\.$/,
        );
        for (const [rootCertPem, message] of [
            ["nonsense", "The root certificate is not a PEM certificate. Nothing was signed."],
            [
                await selfSigned(await newKey(), { ca: false }),
                "The root certificate is not a CA's. Nothing was signed.",
            ],
        ] as const) {
            await assert.rejects(signIntermediate(request({ rootCertPem })), { message });
        }
    });
});

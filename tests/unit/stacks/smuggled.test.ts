import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandSignedCertificate } from "../../../components/commandSignedCertificate";
import { IntermediateCertificate } from "../../../components/intermediateCertificate";
import program from "../../../index";
import { CaBundle as PkiBundle } from "../../../pki/caBundle";
import { CaCertificate } from "../../../pki/caCertificate";
import { encodePem, firstBlock, pemBlocks } from "../../../pki/pem";
import type { ReadySettings } from "../../../config/settings";
import { readyCa } from "../../../stacks/readyCa";
import { signIntermediate } from "../../../pki/intermediate";
import { keySigner } from "../../../pki/signer";
import type { ClusterOutputs } from "../../../stacks/outputs";
import { CaBundle, caBundles, writeCaFiles } from "../../caBundles";
import { newKey, privatePem, selfSigned, signedAsAsked } from "../../pki";
import { sign } from "../../signing";
import { RequestText, smuggledRequests } from "../../smuggledRequests";
import { runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";

const cluster = "cluster1";
const self = "organization/istio-plugin-ca/cluster1";
const refused = /The certificate request of cluster cluster1 was refused, nothing was signed:/;

/** One of each kind: those that the first PEM block, the whole text, a field or the encoding give away. */
const kinds = [
    "a space before BEGIN, then another",
    "letters after the dashes of BEGIN, then another",
    "another after it",
    "all another's",
    "a second and empty SAN",
    "a challenge password",
    "bytes after the DER",
    "RSA with the exponent 3",
    "Ed25519",
];

describe("What is smuggled into a request", function () {
    this.timeout("1m");
    let texts: Record<string, RequestText>;
    let rootCertPem: string;
    let privateKeyPem: string;
    let certPem: string;
    let dir: string;

    before(async () => {
        texts = smuggledRequests();
        const keys = await newKey();
        [rootCertPem, privateKeyPem] = [await selfSigned(keys), await privatePem(keys)];
        certPem = await signedAsAsked(texts["good"]!.text, { keys, pem: rootCertPem });
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "smuggled-"));
        fs.writeFileSync(path.join(dir, "root.pem"), rootCertPem);
        fs.writeFileSync(path.join(dir, "root-key.pem"), privateKeyPem);
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    /** Whether a way in signs a text: it names what it registered or made. */
    const ways: Record<string, (text: string, signed: (what: string) => void) => Promise<unknown>> = {
        "stack root": (text, signed) => root(text, signed, {}),
        "stack root with signCommand": (text, signed) =>
            root(text, signed, { rootCertificate: path.join(dir, "root.pem"), signCommand: "false" }),
        "the component IntermediateCertificate": (text, signed) => {
            const ca = { certPem: rootCertPem, privateKeyPem };
            const args = { cluster, certRequestPem: text, ca };
            return runMocked(() => new IntermediateCertificate(cluster, args).certPem, {
                certPem,
                onRegister: (name) => name.endsWith("-cert") && signed(name),
            });
        },
        "the component CommandSignedCertificate": (text, signed) => {
            const args = { cluster, certRequestPem: text, rootCertPem, signCommand: "false" };
            return runMocked(
                () =>
                    new CommandSignedCertificate(cluster, { ...args, validityDays: 1, renewals: 0 }).certPem,
                { onRegister: (name) => name.endsWith("-sign") && signed(name) },
            );
        },
        signIntermediate: async (text, signed) => {
            const signer = (data: Buffer) => {
                signed("it");
                return keySigner(privateKeyPem)(data);
            };
            await signIntermediate({ csrPem: text, cluster, rootCertPem, signer, validityDays: 1 });
        },
    };

    async function root(text: string, signed: (what: string) => void, settings: Record<string, string>) {
        await runMocked<unknown>(program, {
            stack: "root",
            config: { role: "root", clusters: '["cluster1"]', ...settings },
            stacks: { [self]: { csr: { generation: 1, pem: text } } },
            onRegister: (name) => /-(cert|sign)$/.test(name) && name.startsWith(cluster) && signed(name),
        });
    }

    for (const [name, way] of Object.entries(ways)) {
        it(`is refused by ${name} before anything is signed, and the good one is signed`, async () => {
            for (const kind of kinds) {
                const signed: string[] = [];
                await assert.rejects(
                    way(texts[kind]!.text, (what) => signed.push(what)),
                    refused,
                    kind,
                );
                assert.deepEqual(signed, [], kind);
            }
            const signed: string[] = [];
            await way(texts["good"]!.text, (what) => signed.push(what));
            assert.equal(signed.length, 1);
        });
    }

    it("is refused by npm run sign, which reads past a banner and a byte order mark", async () => {
        const signs = async (text: string) => {
            fs.writeFileSync(path.join(dir, "c.csr"), text);
            const key = ["--root-cert", "root.pem", "--root-key", "root-key.pem"];
            return sign(dir, ["c.csr", "--cluster", cluster, ...key]);
        };
        const others = ["a space before BEGIN, then another", "another after it", "all another's"];
        for (const kind of others) {
            const { exitCode, stdout, stderr } = await signs(texts[kind]!.text);
            assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" }, kind);
            assert.match(stderr, refused);
        }
        const banner = "\n> istio-plugin-ca@0.1.0 csr\n> node local/run.cjs cli/main.ts csr cluster1\n\n";
        for (const text of [`${banner}${texts["good"]!.text}`, `\ufeff${texts["good"]!.text}`]) {
            const { exitCode, stdout, stderr } = await signs(text);
            assert.equal(exitCode, 0, stderr);
            assert.equal(pemBlocks(stdout).length, 1);
        }
    });
});

describe("Files that istiod reads differently from people", () => {
    let bundles: Record<string, CaBundle>;
    let dir: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "ready-"));
        bundles = await caBundles();
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    const ready = async (name: string) => {
        const { files } = bundles[name]!;
        const caSource = writeCaFiles(fs.mkdtempSync(path.join(dir, "ca-")) + "/in", files);
        const config = { role: "ready", deploy: "false", caSource };
        const { outputs } = await runMocked<unknown>(program, { config });
        return (outputs as ClusterOutputs).files!;
    };

    it("are refused by role ready with the cause and the remedy", async () => {
        const names = Object.entries(bundles).filter(([, { rules }]) =>
            rules.some((rule) => rule.startsWith("pem-unread")),
        );
        assert.ok(names.length > 10);
        for (const [name] of names) {
            await assert.rejects(
                ready(name),
                refusedBy("ca-breaks-rules", /cannot be plugged in:\nerror pem-unread, /),
                name,
            );
        }
    });

    for (const name of [
        "Windows line ends",
        "no newlines at the end",
        "comments before",
        "spaces after the dashes",
        "an extension that Go does not look into",
    ]) {
        it(`are plugged in with what istiod reads of them alone: ${name}`, async () => {
            const plugged = await ready(`good, ${name}`);
            const read = (file: string) => CaCertificate.all(bundles[`good, ${name}`]!.files[file]!);
            const pem = (file: string) =>
                read(file)
                    .map((certificate) => certificate.pem)
                    .join("");
            assert.deepEqual(plugged, {
                "ca-cert.pem": pem("ca-cert.pem"),
                "cert-chain.pem": pem("cert-chain.pem"),
                "root-cert.pem": `# trusts intermediate ${read("ca-cert.pem")[0]!.fingerprint}\n${pem("root-cert.pem")}`,
            });
        });
    }

    it("are refused by role ready if Node.js cannot read a certificate, although Go can", async () => {
        const checked = PkiBundle.checked.bind(PkiBundle);
        PkiBundle.checked = (ca) => checked({ ...ca, caCert: { ...ca.caCert, text: "" } });
        try {
            await assert.rejects(ready("good"), refusedBy("ca-breaks-rules", /cannot be plugged in: /));
        } finally {
            PkiBundle.checked = checked;
        }
    });

    it("are plugged in with what istiod reads of the key alone", async () => {
        for (const name of ["Windows line ends", "comments before"]) {
            const { files } = bundles[`good, ${name}`]!;
            const { type, der } = firstBlock(files["ca-key.pem"]!)!;
            const settings = { ca: { source: "certs", files }, trustDomain: "cluster.local" };
            const { privateKeyPem } = await readyCa(settings as ReadySettings);
            assert.equal(privateKeyPem, encodePem(type, der), name);
        }
    });

    it("are refused if a setting names them", async () => {
        const file = path.join(dir, "roots.pem");
        const certificate = path.join(dir, "certificate.pem");
        fs.writeFileSync(certificate, bundles["good"]!.files["ca-cert.pem"]!);
        const texts = {
            "byte order mark in root-cert.pem": "it begins with a byte order mark",
            "roots glued after a good one": "two blocks are glued: an END and a BEGIN are on one line",
            "headers in another root": "there are header lines inside a block",
        };
        for (const [name, cause] of Object.entries(texts)) {
            fs.writeFileSync(file, bundles[name]!.files["root-cert.pem"]!);
            const config = {
                role: "cluster",
                signer: "outside",
                deploy: "false",
                certificate,
                trustBundle: file,
            };
            await assert.rejects(runMocked<unknown>(program, { config }), (error: Error) => {
                assert.ok(error.message.includes(`a file of which istiod would not read all: ${cause}`));
                return true;
            });
        }
    });
});

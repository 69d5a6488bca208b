import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import * as fc from "fast-check";
import pMap from "p-map";
import { CaCertificate } from "../../pki/caCertificate";
import { CertificateRequest, RefusedRequest, withoutComments } from "../../pki/csr";
import { signIntermediate } from "../../pki/intermediate";
import { encodePem, pemBlocks } from "../../pki/pem";
import { keySigner } from "../../pki/signer";
import { GoReading, readByGo } from "../goPem";
import { issued, newKey, privatePem, selfSigned } from "../pki";
import { pemTexts } from "../pemTexts";
import { smuggledRequests } from "../smuggledRequests";

const cluster = "cluster1";

/** A text from seeds that each run chooses and prints. */
function sample(arbitrary: fc.Arbitrary<string>, count: number): string[] {
    const seed = Date.now() % 2 ** 31;
    console.log(`      seed ${seed}`);
    return fc.sample(arbitrary, { numRuns: count, seed });
}

describe("PEM and Go", function () {
    this.timeout("10m");
    let blocks: string[];

    before(async () => {
        const keys = await newKey();
        const root = { keys, pem: await selfSigned(keys) };
        blocks = [root.pem, await issued(await newKey(), root), await privatePem(keys)];
    });

    it("find the same blocks in any text, and write them in the same way", async () => {
        const known = Object.values(smuggledRequests()).map(({ text }) => text);
        const texts = [...known, ...sample(pemTexts(blocks), 5000)];
        const readings = await readByGo(texts);
        let found = 0;
        for (const [index, text] of texts.entries()) {
            const ours = pemBlocks(text).map(({ type, der, headers, end }) => ({
                type,
                der: der.toString("base64"),
                headers,
                rest: Buffer.byteLength(text.slice(end)),
                encoded: encodePem(type, der),
            }));
            assert.deepEqual(ours, readings[index]!.blocks, JSON.stringify(text));
            found += ours.length;
        }
        assert.ok(found > 5000, `${found} blocks`);
        console.log(`      ${texts.length} texts with ${found} blocks`);
    });

    it("add as many certificates to a pool", async () => {
        const certificates = blocks.slice(0, 2);
        const known = certificates.flatMap(pemBlocks).map(({ der }) => der.toString("base64"));
        const intact = (text: string) =>
            pemBlocks(text).every(({ der }) => der.length < 10 || known.includes(der.toString("base64")));
        const texts = sample(pemTexts(certificates), 2000).filter(intact);
        const readings = await readByGo(texts);
        const ours = texts.map((text) => {
            const all = CaCertificate.all(text);
            return new Set(all.map(({ fingerprint }) => fingerprint)).size;
        });
        const theirs = readings.map(({ pool }) => pool);
        const differing = texts.filter((_, index) => ours[index] !== theirs[index]);
        assert.deepEqual(differing, []);
        assert.ok(theirs.some((count) => count > 1));
    });
});

describe("A text that is presented as a certificate request", function () {
    this.timeout("10m");
    let dir: string;

    before(() => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "requests-"));
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("is refused, or Go, openssl and this project read one and the same request in it, and it is the cluster's", async () => {
        const all = Object.values(smuggledRequests());
        const corpus = all.map(({ text }) => text);
        const requests = corpus.filter((text) => text.length < 10_000);
        const good = all.filter(({ allowed }) => allowed).map(({ text }) => text);
        const kinds = [pemTexts(requests), mutated(requests), spoiled(requests), joined(good, requests)];
        const made = sample(fc.oneof(...kinds), 6000);
        const texts = [...corpus, ...made];
        const readings = await readByGo(texts);
        const judged = texts.map((text) => judge(text));
        const accepted = texts.flatMap((_, index) => (judged[index] ? [index] : []));
        for (const index of accepted) {
            isWhatGoReads(judged[index]!, readings[index]!);
        }
        // The signer receives what was judged, in Go's reading as in ours.
        const again = await readByGo(accepted.map((index) => judged[index]!.pem));
        for (const [position, index] of accepted.entries()) {
            isWhatGoReads(judged[index]!, again[position]!);
        }
        const asked = [...new Set([...corpus.keys(), ...accepted.slice(0, 150)])];
        const byOpenssl = await pMap(asked, (index) => readByOpenssl(texts[index]!, index), {
            concurrency: 4,
        });
        for (const [position, index] of asked.entries()) {
            const request = judged[index];
            // It finds nothing if a line is too long for it.
            if (request && byOpenssl[position]) {
                assert.deepEqual(byOpenssl[position], request.der, JSON.stringify(texts[index]));
            }
        }
        const misled = texts.filter((_, index) => !judged[index] && readings[index]!.request?.signed);
        console.log(
            `      ${texts.length} texts, ${new Set(texts).size} of them different: ${accepted.length} accepted; ` +
                `Go reads a signed request in ${misled.length} of those refused; openssl was asked ${asked.length} times`,
        );
        assert.ok(accepted.length > 100 && misled.length > 100);
    });

    it("is signed as what was judged, in Go's reading of the certificate's request too", async () => {
        const keys = await newKey();
        const rootCertPem = await selfSigned(keys);
        const signer = keySigner(await privatePem(keys));
        const { good } = smuggledRequests();
        const banner = `> istio-plugin-ca@0.1.0 csr\n> node local/run.cjs cli/main.ts csr ${cluster}\n\n${good!.text}`;
        assert.equal(withoutComments(banner), good!.text);
        const certificate = await signIntermediate({
            csrPem: withoutComments(banner),
            cluster,
            rootCertPem,
            signer,
            validityDays: 1,
        });
        const [reading] = await readByGo([certificate]);
        assert.equal(reading!.pool, 1);
    });

    function judge(text: string): CertificateRequest | undefined {
        try {
            return CertificateRequest.judge(text, cluster);
        } catch (error) {
            assert.ok(error instanceof RefusedRequest, JSON.stringify(text));
            return undefined;
        }
    }

    function isWhatGoReads({ der }: CertificateRequest, { blocks, request }: GoReading) {
        assert.equal(blocks.length, 1);
        const { attributes, key, names, extensions, subject, ...read } = request!;
        assert.deepEqual(read, { der: der.toString("base64"), signed: true });
        assert.deepEqual(
            { attributes, names, extensions },
            { attributes: 1, names: ["DNS:istiod.istio-system.svc"], extensions: ["2.5.29.17"] },
        );
        assert.equal(subject, "CN=Intermediate CA,O=Istio,L=cluster1");
        assert.match(key, /^(RSA (2048|3072) 65537|ECDSA P-(256|384))$/);
    }

    async function readByOpenssl(text: string, index: number): Promise<Buffer | undefined> {
        const file = path.join(dir, String(index));
        fs.writeFileSync(file, text);
        const args = ["req", "-in", file, "-outform", "DER"];
        const { stdout, exitCode } = await execa("openssl", args, { encoding: "buffer", reject: false });
        fs.rmSync(file);
        return exitCode === 0 ? Buffer.from(stdout) : undefined;
    }
});

/** A text of the corpus with one piece in another's place: most of these texts are broken, some are not. */
function mutated(texts: string[]): fc.Arbitrary<string> {
    const insert = fc.constantFrom(
        "",
        "\n",
        " ",
        "\t",
        "\r\n",
        "-",
        "A",
        "=",
        ":",
        "\ufeff",
        "\0",
        texts[0]!,
    );
    return fc
        .tuple(fc.constantFrom(...texts), fc.nat(), insert, fc.nat(3))
        .map(([text, at, piece, length]) => {
            const start = at % (text.length + 1);
            return text.slice(0, start) + piece + text.slice(start + length);
        });
}

/** A good text with something before and after it, which may be another good text. */
function joined(good: string[], others: string[]): fc.Arbitrary<string> {
    const little = fc.constantFrom(..."\n,\r\n, ,\t,\v,\0,x,#,-,\u00a0,\ufeff".split(","));
    const white = fc.constantFrom("\n", "\r\n", " \n", "\t\n");
    const beside = fc.oneof(white, white, little, fc.constantFrom(...others));
    const some = fc.array(beside, { maxLength: 2 }).map((parts) => parts.join(""));
    return fc.tuple(some, fc.constantFrom(...good), some).map((parts) => parts.join(""));
}

/** A request of the corpus with one byte of its DER changed. */
function spoiled(texts: string[]): fc.Arbitrary<string> {
    const ders = texts.flatMap((text) => pemBlocks(text).slice(0, 1)).filter(({ der }) => der.length > 0);
    return fc
        .tuple(fc.constantFrom(...ders), fc.nat(), fc.integer({ min: 1, max: 255 }))
        .map(([{ type, der }, at, change]) => {
            const bytes = Buffer.from(der);
            bytes[at % bytes.length]! ^= change;
            return encodePem(type, bytes);
        });
}

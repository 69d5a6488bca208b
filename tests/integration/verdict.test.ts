import * as assert from "node:assert/strict";
import { createHash, randomInt } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import * as fc from "fast-check";
import pMap from "p-map";
import { ensurePart } from "../../local/toolchain/part";
import { artefact, verdictPart } from "../../local/toolchain/verdict/verdictPart";
import { SigningCa, signingCa } from "../../pki/caFiles";
import { tooLong } from "../../pki/rules/verdict";
import { istiodQuestion } from "../../pki/verdict/istiod";
import { Verdict, verdictOf } from "../../pki/verdict/verdict";
import { caBundles } from "../caBundles";
import { caOf, hierarchies, kindOf } from "../caHierarchies";
import { checkFieldCase, fieldCases } from "../fieldCases";
import { meet } from "../envoyPair";
import { IstiodVerdict, judgeByIstiod } from "../istiodVerdict";
import { MutatedBundle, mutatedBundles } from "../mutatedBundles";

/** How many changed CAs are judged: more by VERDICTS=20000. */
const count = Number(process.env["VERDICTS"] ?? 400);

describe("The verdict on a CA", function () {
    this.timeout("60m");
    let corpus: { name: string; ca: SigningCa }[];

    before(async () => {
        corpus = Object.entries(await caBundles()).flatMap(([name, { files }]) => {
            const ca = signingCa(files);
            return "missing" in ca ? [] : [{ name, ca }];
        });
    });

    it("is right on what people bring, as real ones judged it", () => {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "field-cases-"));
        try {
            const wrong: object[] = [];
            for (const each of fieldCases()) {
                const { exit, output } = checkFieldCase(each, path.join(dir, each.id));
                const said = each.must.every((pattern) => matches(pattern, output));
                if ((each.exit !== null && exit !== each.exit) || !said || /TypeError|^ +at /m.test(output)) {
                    wrong.push({ id: each.id, what: each.what, truth: each.truth, exit, output });
                }
            }
            assert.deepEqual(wrong, []);
        } finally {
            fs.rmSync(dir, { recursive: true });
        }
    });

    for (const program of ["istiod", "envoy"] as const) {
        it(`of ${program} is by a program that is built from its source, byte by byte`, async () => {
            const part = verdictPart(program);
            await ensurePart(part);
            const built = fs.readFileSync(path.join(part.folder, "program.wasm"));
            const held = brotliDecompressSync(fs.readFileSync(artefact(program)));
            assert.equal(digest(held), digest(built), "npm run build:verdict makes it again");
        });
    }

    it("is that of istiod's own packages, and of two real Envoys, on the corpus", async () => {
        const { differences, met } = await compare(corpus.map(({ name, ca }) => ({ kind: name, ca })));
        assert.deepEqual(differences, []);
        assert.ok(met > 50, `${met} pairs of Envoys met`);
    });

    it("is that of both on changed CAs", async () => {
        const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
        console.log(`      seed ${seed}`);
        const changed = fc.sample(mutatedBundles(corpus.map(({ ca }) => ca)), { seed, numRuns: count });
        const { differences, met } = await compare(changed);
        console.log(agreement(changed, differences));
        console.log(
            `      ${changed.length} changed CAs, ${met} of which two Envoys tried; ${differences.length} judged otherwise`,
        );
        assert.deepEqual(differences, []);
    });

    it("is that of both on generated hierarchies", async () => {
        const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
        console.log(`      seed ${seed}`);
        const sample = fc.sample(hierarchies(), { seed, numRuns: count });
        const generated = await pMap(
            sample,
            async (hierarchy) => ({ kind: kindOf(hierarchy), ca: await caOf(hierarchy) }),
            { concurrency: 4 },
        );
        const { differences, met } = await compare(generated);
        console.log(agreement(generated, differences));
        console.log(
            `      ${generated.length} generated CAs, ${met} of which two Envoys tried; ${differences.length} judged otherwise`,
        );
        assert.deepEqual(differences, []);
        assert.ok(met > generated.length / 4, `${met} pairs of Envoys met`);
    });

    /** Whatever istiod's packages or Envoys say otherwise than the programs do. */
    async function compare(bundles: MutatedBundle[]): Promise<{ differences: string[]; met: number }> {
        const conditions = { now: new Date(), trustDomain: "cluster.local", otherRootCerts: [] };
        const theirs = await judgeByIstiod(bundles.map(({ ca }) => istiodQuestion({ ca, ...conditions })));
        const ours = bundles.map(({ ca }) => verdictOf(ca, conditions));
        const differences = bundles.flatMap(({ kind }, index) =>
            istiodDifferences(ours[index]!, theirs[index]!).map((difference) => `${kind}: ${difference}`),
        );
        const started = bundles.map((_, index) => index).filter((index) => theirs[index]!.chain !== "");
        const meetings = await meet(
            started.map((index) => {
                const { chain, key, root } = theirs[index]!;
                return { chain, key, root, crl: bundles[index]!.ca.crl.text };
            }),
        );
        started.forEach((index, order) => {
            const { envoy } = ours[index]!;
            const refused = envoy !== undefined || tooLong(bundles[index]!.ca, ours[index]!) !== undefined;
            if (refused !== (meetings[order] !== "")) {
                differences.push(
                    `${bundles[index]!.kind}: ${envoy?.reason ?? "trusted"}, Envoys: ${meetings[order] || "trusted"}`,
                );
            }
        });
        return { differences, met: started.length };
    }

    function istiodDifferences({ istiod: { verdict } }: Verdict, theirs: IstiodVerdict): string[] {
        const ours: Partial<Record<keyof IstiodVerdict, string>> = {
            start: verdict.start,
            reload: verdict.reload ? verdict.start : undefined,
            webhook: verdict.webhook,
            // Of a CA that does not start, nobody sees a certificate.
            ...(theirs.start === "" && {
                server: verdict.server,
                client: verdict.client,
                istiod: verdict.istiod,
            }),
        };
        return Object.entries(ours)
            .filter(([name, said]) => Boolean(said) !== Boolean(theirs[name as keyof IstiodVerdict]))
            .map(
                ([name, said]) =>
                    `${name}: ${said || "accepted"}, istiod: ${theirs[name as keyof IstiodVerdict] || "accepted"}`,
            );
    }

    /** How many CAs of each kind were judged alike; one is of several kinds. */
    function agreement(bundles: MutatedBundle[], differences: string[]): string {
        const kindsIn = (text: string) => text.split("; ");
        const kinds = [...new Set(bundles.flatMap(({ kind }) => kindsIn(kind)))].sort();
        const unlike = new Set(differences.map((difference) => difference.split(": ")[0]!));
        const lines = kinds.map((kind) => {
            const all = bundles.filter((each) => kindsIn(each.kind).includes(kind));
            const alike = all.filter((each) => !unlike.has(each.kind));
            return `      ${String(alike.length).padStart(5)} of ${all.length}  ${kind}`;
        });
        return lines.join("\n");
    }

    /** A pattern of a field case: its flags stand before it, as Python has them. */
    function matches(pattern: string, output: string): boolean {
        const [, flags = "", source] = /^(?:\(\?([a-z]+)\))?(.*)$/s.exec(pattern)!;
        return new RegExp(source!, flags).test(output);
    }

    function digest(bytes: Buffer): string {
        return createHash("sha256").update(bytes).digest("hex");
    }
});

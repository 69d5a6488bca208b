import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { CaFiles, caFileNames } from "../../pki/caFiles";
import { formatFindings } from "../../pki/rules/finding";
import { checkCa } from "../../pki/rules/checkCa";
import { CaBundle, caBundles, Rule, severities } from "../caBundles";

/** Made once, however often these tests run: mutation testing repeats them. */
let made: Promise<Record<string, CaBundle>> | undefined;

describe("The rules of a plugged-in CA", () => {
    let bundles: Record<string, CaBundle>;

    before(async () => {
        bundles = await (made ??= caBundles());
    });

    it("find in each bundle of the corpus what is wrong with it, and nothing else", async () => {
        for (const [name, { files, options, rules }] of Object.entries(bundles)) {
            const found = await checkCa(files, options);
            const expected = rules.map((rule) => rule.split(": ")[0] as Rule);
            assert.deepEqual(
                found.map(({ rule, severity }) => [rule, severity]),
                expected.map((rule) => [rule, severities[rule]]),
                `${name}: ${formatFindings(found)}`,
            );
            for (const [index, rule] of rules.entries()) {
                const cause = rule.split(": ").slice(1).join(": ");
                assert.ok(found[index]!.found.includes(cause), `${name}: ${cause}: ${found[index]!.found}`);
            }
        }
    });

    it("are each broken by a bundle of the corpus", () => {
        const broken = Object.values(bundles).flatMap(({ rules }) =>
            rules.map((rule) => rule.split(": ")[0]!),
        );
        const unbroken = Object.keys(severities).filter((rule) => !broken.includes(rule));
        assert.deepEqual(unbroken, []);
    });

    it("never throw and never show a key, whatever the bytes", async () => {
        const good = bundles["good"]!.files;
        const key = good["ca-key.pem"]!.split("\n").filter((line) => line.length > 30);
        const mutated = fc
            .tuple(fc.constantFrom(...Object.values(good)), fc.nat(), fc.string(), fc.nat(20))
            .map(([text, at, insert, cut]) => {
                const start = at % (text!.length + 1);
                return text!.slice(0, start) + insert + text!.slice(start + cut);
            });
        const file = fc.option(fc.oneof(mutated, fc.string(), fc.constantFrom(...Object.values(good))), {
            nil: undefined,
        });
        const files = fc.record(Object.fromEntries(caFileNames.map((name) => [name, file])), {
            requiredKeys: [],
        });
        await fc.assert(
            fc.asyncProperty(files, async (random: CaFiles) => {
                const shown = formatFindings(await checkCa({ ...good, ...random }));
                return !key.some((line) => shown.includes(line));
            }),
            { numRuns: 300 },
        );
    });
});

import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { CaFiles, caFileNames } from "../../../pki/caFiles";
import { CaCertificate } from "../../../pki/caCertificate";
import { Crl } from "../../../pki/crl";
import { Finding, formatFindings } from "../../../pki/rules/finding";
import { checkCa } from "../../../pki/rules/checkCa";
import { CaBundle, caBundles, Rule, severities } from "../../caBundles";

/** The files that a finding may be about. */
const fileNames = /^(ca-cert|ca-key|cert-chain|root-cert|ca-crl)\.pem|^tls\.|^istio-generated$/;

/** Made once, however often these tests run: mutation testing repeats them. */
let made: Promise<Record<string, CaBundle>> | undefined;

describe("The rules of a plugged-in CA", function () {
    this.timeout("3m");
    let bundles: Record<string, CaBundle>;

    before(async () => {
        bundles = await (made ??= caBundles());
    });

    it("find in each bundle of the corpus what is wrong with it, and nothing else", () => {
        for (const [name, { files, options, rules }] of Object.entries(bundles)) {
            const found = checkCa(files, options);
            const expected = rules.map((rule) => rule.split(": ")[0] as Rule);
            assert.deepEqual(
                found.map(({ rule, severity }) => [rule, severity]),
                expected.map((rule) => [rule, severities[rule]]),
                `${name}: ${formatFindings(found)}`,
            );
            for (const { effect, remedy, file } of found) {
                assert.match(effect, /^[A-Za-z].{15,}[.]$/s, name);
                assert.match(remedy, /^[A-Z].{5,}\.?$/s, name);
                assert.match(file, fileNames, name);
            }
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

    it("find what is soon over from two lives of a workload certificate on, until it is", () => {
        const { files } = bundles["good"]!;
        const [{ notAfter }] = CaCertificate.all(files["ca-cert.pem"]!) as [CaCertificate];
        const found = (left: number, options = {}) => {
            const now = new Date(notAfter.getTime() - left);
            return checkCa(files, { now, ...options }).map(({ rule }) => rule);
        };
        const hour = 3_600_000;
        assert.deepEqual(found(48 * hour), []);
        assert.deepEqual(found(48 * hour - 1), ["soon-over"]);
        assert.deepEqual(found(1000), ["soon-over"]);
        // BoringSSL counts the second of its expiry as expired, Go does not.
        assert.deepEqual(found(0), ["envoy-rejected", "soon-over"]);
        assert.deepEqual(found(-1), ["untrusted"]);
        assert.deepEqual(found(2 * hour, { workloadHours: 1 }), []);
        assert.deepEqual(found(2 * hour - 1, { workloadHours: 1 }), ["soon-over"]);
    });

    it("take a certificate in the first and the last second of its life, and a list in its last", () => {
        const { files } = bundles["good"]!;
        const withCrls = bundles["good, CRLs"]!.files;
        const [{ notBefore, notAfter }] = CaCertificate.all(files["ca-cert.pem"]!) as [CaCertificate];
        const [{ nextUpdate }] = Crl.all(withCrls["ca-crl.pem"]!) as [Crl];
        const found = (time: Date, more: number, judged = files) => {
            const now = new Date(time.getTime() + more);
            return checkCa(judged, { now }).map(({ rule }) => rule);
        };
        assert.deepEqual(found(notBefore, 0), []);
        assert.ok(found(notBefore, -1).includes("untrusted"));
        assert.ok(!found(notAfter, 0).includes("untrusted"));
        assert.ok(found(notAfter, 1).includes("untrusted"));
        assert.deepEqual(found(nextUpdate!, -1000, withCrls), []);
        assert.deepEqual(found(nextUpdate!, 0, withCrls), ["crl-incomplete", "crl-incomplete"]);
    });

    it("are shown with what was found, its effect and what to do, a line each", () => {
        const finding = { severity: "error" as const, file: "ca-cert.pem", effect: "Nothing works." };
        const one = { ...finding, rule: "one", found: "it is bad", remedy: "Fix it." };
        const other = { ...one, rule: "other", severity: "warning" as const };
        assert.equal(
            formatFindings([one, other]),
            [
                "error one, ca-cert.pem: it is bad\n    Nothing works.\n    Fix it.\n    See docs/rules.md#one",
                "warning other, ca-cert.pem: it is bad\n    Nothing works.\n    Fix it.\n    See docs/rules.md#other",
            ].join("\n"),
        );
        assert.equal(formatFindings([]), "");
    });

    it("name every file that is missing", () => {
        const { files } = bundles["good"]!;
        const [{ file, found }] = checkCa({ "ca-cert.pem": files["ca-cert.pem"] }) as [Finding];
        assert.equal(file, "ca-key.pem, cert-chain.pem, root-cert.pem");
        assert.equal(found, "missing next to ca-cert.pem");
    });

    it("name all roots of both where none is common", () => {
        const { files, options } = bundles["other clusters' roots, and ours"]!;
        const [{ found }] = checkCa(files, options) as [Finding];
        const names = (pem: string) => CaCertificate.all(pem).map(({ name }) => name);
        const [ours, theirs] = [files["root-cert.pem"]!, options!.otherRootCerts![0]!].map(names);
        const trusted = `it trusts ${ours![0]}, ${ours![1]}; another cluster trusts ${theirs![0]}, ${theirs![1]}`;
        assert.ok(found.startsWith(`${trusted}, and its Envoys reject this cluster's workloads: `), found);
    });

    it("never throw and never show a key, whatever the bytes", () => {
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
        fc.assert(
            fc.property(files, (random: CaFiles) => {
                const shown = formatFindings(checkCa({ ...good, ...random }));
                return !key.some((line) => shown.includes(line));
            }),
            { numRuns: 300 },
        );
    });
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { CaBundle } from "../../../pki/caBundle";
import { PublicFiles } from "../../../pki/caFiles";
import { inPlaceOf } from "../../../pki/reissue";
import { issued, newKey, selfSigned } from "../../pki";

async function authority() {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys) };
}

describe("A renewed CA that workloads pick up at their own time", () => {
    it("keeps root-cert.pem, byte for byte, and nothing else", async () => {
        const root = await authority();
        const make = async () => CaBundle.signed(await issued(await newKey(), root), root.pem);
        const [{ files: live }, next] = [await make(), await make()];
        assert.notEqual(next.rootCertPem, live["root-cert.pem"]);
        assert.deepEqual(inPlaceOf(live, next, true).files, {
            ...next.files,
            "root-cert.pem": live["root-cert.pem"],
        });
        assert.equal(inPlaceOf(undefined, next, true), next);
        const changed = inPlaceOf(live, next, false).rootCertPem;
        assert.match(changed, /^# replaces [0-9a-f]{64}\n/);
        assert.ok(changed.endsWith(next.rootCertPem));
    });

    it("makes them pick it up at once if the roots change, or which of them signs", async () => {
        const [root, other] = [await authority(), await authority()];
        const both = root.pem + other.pem;
        const live = CaBundle.signed(await issued(await newKey(), root), root.pem);
        const trusting = CaBundle.signed(await issued(await newKey(), root), both);
        const turned = CaBundle.signed(await issued(await newKey(), other), both);
        assert.match(inPlaceOf(live.files, trusting, true).rootCertPem, /^# replaces /);
        assert.match(inPlaceOf(trusting.files, turned, true).rootCertPem, /^# replaces /);
    });
});

describe("A root-cert.pem whose roots come and go", () => {
    it("is none that was plugged in before, and stays as it is", async () => {
        const [root, other] = [await authority(), await authority()];
        const pem = await issued(await newKey(), root);
        const [alone, both] = [root.pem, root.pem + other.pem].map((trust) =>
            CaBundle.signed(pem, trust),
        ) as [CaBundle, CaBundle];
        const plugged = [alone.files];
        for (const next of [both, alone, both, alone]) {
            const { files } = inPlaceOf(plugged.at(-1), next, false);
            assert.deepEqual({ ...files, "root-cert.pem": next.rootCertPem }, next.files);
            assert.ok(files["root-cert.pem"].endsWith(next.rootCertPem));
            assert.deepEqual(inPlaceOf(files, next, false).files, files);
            plugged.push(files);
        }
        assert.equal(new Set(plugged.map((files) => files["root-cert.pem"])).size, 5);
    });

    it("never has bytes that it had before, whichever steps fail, are undone and repeated", async function () {
        this.timeout(60_000);
        const [root, other] = [await authority(), await authority()];
        const pems = [await issued(await newKey(), root), await issued(await newKey(), other)];
        const trusts = [root.pem, root.pem + other.pem, other.pem];
        const wanted = pems.flatMap((pem) => trusts.map((trust) => CaBundle.signed(pem, trust)));
        const step = fc.record({
            next: fc.constantFrom(...wanted),
            outcome: fc.constantFrom("done", "failed before the Secret", "failed after the Secret"),
            spread: fc.boolean(),
        });
        fc.assert(
            fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
                const history: string[] = [];
                let inCluster: PublicFiles | undefined;
                for (const { next, outcome, spread } of steps) {
                    const { files } = inPlaceOf(inCluster, next, spread);
                    assert.deepEqual(
                        inPlaceOf(files, next, spread).files,
                        files,
                        "nothing changes, and no byte",
                    );
                    const bytes = files["root-cert.pem"];
                    if (bytes !== inCluster?.["root-cert.pem"]) {
                        assert.ok(!history.includes(bytes));
                    }
                    if (outcome !== "failed before the Secret") {
                        inCluster = files;
                        history.push(bytes);
                    }
                }
            }),
            { numRuns: 20 },
        );
    });
});

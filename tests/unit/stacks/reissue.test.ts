import assert from "node:assert/strict";
import * as fc from "fast-check";
import { minutesOf } from "../../../config/mesh";
import { PublicFiles, publicFiles } from "../../../pki/bundle";
import { parseCertificates } from "../../../pki/certificates";
import { inPlaceOf } from "../../../pki/reissue";
import { longReissue, renewalWindowOf } from "../../../stacks/guards/reissue";
import { issued, newKey, selfSigned } from "../../pki";

async function authority() {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys) };
}

describe("A renewed CA whose workloads are not told", () => {
    it("keeps root-cert.pem, byte for byte, and nothing else", async () => {
        const root = await authority();
        const make = async () => publicFiles(await issued(await newKey(), root), root.pem);
        const [live, next] = [await make(), await make()];
        assert.notEqual(next["root-cert.pem"], live["root-cert.pem"]);
        assert.deepEqual(inPlaceOf(live, next, true), { ...next, "root-cert.pem": live["root-cert.pem"] });
        assert.equal(inPlaceOf(undefined, next, true), next);
        const told = inPlaceOf(live, next, false)["root-cert.pem"];
        assert.match(told, /^# replaces [0-9a-f]{64}\n/);
        assert.ok(told.endsWith(next["root-cert.pem"]));
    });

    it("tells them where the roots change, or which of them signs", async () => {
        const [root, other] = [await authority(), await authority()];
        const both = root.pem + other.pem;
        const live = publicFiles(await issued(await newKey(), root), root.pem);
        const trusting = publicFiles(await issued(await newKey(), root), both);
        const turned = publicFiles(await issued(await newKey(), other), both);
        assert.match(inPlaceOf(live, trusting, true)["root-cert.pem"], /^# replaces /);
        assert.match(inPlaceOf(trusting, turned, true)["root-cert.pem"], /^# replaces /);
    });
});

describe("A root-cert.pem whose roots come and go", () => {
    it("is none that was plugged in before, and stays as it is", async () => {
        const [root, other] = [await authority(), await authority()];
        const pem = await issued(await newKey(), root);
        const [alone, both] = [publicFiles(pem, root.pem), publicFiles(pem, root.pem + other.pem)];
        const plugged = [alone];
        for (const next of [both, alone, both, alone]) {
            const files = inPlaceOf(plugged.at(-1), next, false);
            assert.deepEqual({ ...files, "root-cert.pem": next["root-cert.pem"] }, next);
            assert.ok(files["root-cert.pem"].endsWith(next["root-cert.pem"]));
            assert.deepEqual(inPlaceOf(files, next, false), files);
            plugged.push(files);
        }
        assert.equal(new Set(plugged.map((files) => files["root-cert.pem"])).size, 5);
    });

    it("never has bytes of before, whichever steps fail, are undone and repeated", async function () {
        this.timeout(60_000);
        const [root, other] = [await authority(), await authority()];
        const pems = [await issued(await newKey(), root), await issued(await newKey(), other)];
        const trusts = [root.pem, root.pem + other.pem, other.pem];
        const wanted = pems.flatMap((pem) => trusts.map((trust) => publicFiles(pem, trust)));
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
                    const files = inPlaceOf(inCluster, next, spread);
                    assert.deepEqual(inPlaceOf(files, next, spread), files, "nothing changes, and no byte");
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

describe("The time in which workloads follow", () => {
    it("is told in minutes or hours", () => {
        assert.deepEqual(["30m", "6h", "6", "1.5h", "-1m", ""].map(minutesOf), [
            30,
            360,
            ...Array<undefined>(4),
        ]);
    });

    it("is weighed against the window in which somebody renews the intermediate", async () => {
        const root = await authority();
        const pem = await issued(await newKey(), root);
        const end = parseCertificates(pem)[0]!.validToDate.getTime();
        const renewFrom = new Date(end - 7_200_000).toISOString();
        assert.equal(renewalWindowOf({ generation: 1, pem, renewFrom }), 2);
        assert.equal(renewalWindowOf({ generation: 1, pem }), undefined);
        assert.equal(longReissue(30, 2), undefined);
        assert.ok(longReissue(31, 2));
    });

    it("is refused where two lifetimes do not fit into the renewal window", () => {
        assert.equal(longReissue(720, 48), undefined);
        assert.equal(longReissue(720, undefined), undefined);
        assert.deepEqual(longReissue(720, 47), {
            id: "reissue-too-slow",
            found: "The setting reissueWithin gives workloads 12 hours to pick up a renewed intermediate, so certificates of 24 hours, but the intermediate is renewed only 47 hours before it expires.",
            remedy: "Set reissueWithin to 705m at most, or renewalWindowDays, in the stack that signs the intermediate, to 2 at least.",
        });
    });
});

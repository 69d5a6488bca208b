import assert from "node:assert/strict";
import { minutesOf } from "../../../config/istio";
import { Certificate } from "../../../pki/certificate";
import { longReissue, renewalWindowOf } from "../../../stacks/guards/reissue";
import { issued, newKey, selfSigned } from "../../pki";

async function authority() {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys) };
}

describe("The time that workloads have to pick up a renewal", () => {
    it("is set in minutes or hours", () => {
        assert.deepEqual(["30m", "6h", "6", "1.5h", "-1m", ""].map(minutesOf), [
            30,
            360,
            ...Array<undefined>(4),
        ]);
    });

    it("is compared with the window in which somebody renews the intermediate", async () => {
        const root = await authority();
        const pem = await issued(await newKey(), root);
        const end = Certificate.all(pem)[0]!.notAfter.getTime();
        const renewFrom = new Date(end - 7_200_000).toISOString();
        assert.equal(renewalWindowOf({ generation: 1, pem, renewFrom }), 2);
        assert.equal(renewalWindowOf({ generation: 1, pem }), undefined);
        assert.equal(longReissue(30, 2), undefined);
        assert.ok(longReissue(31, 2));
    });

    it("is refused if two lifetimes do not fit into the renewal window", () => {
        assert.equal(longReissue(720, 48), undefined);
        assert.equal(longReissue(720, undefined), undefined);
        assert.deepEqual(longReissue(720, 47), {
            id: "reissue-too-slow",
            found: "The setting reissueWithin gives workloads 12 hours to pick up a renewed intermediate, so certificates of 24 hours, but the intermediate is renewed only 47 hours before it expires.",
            remedy: "Set reissueWithin to 705m at most, or renewalWindowDays, in the stack that signs the intermediate, to 2 at least.",
        });
    });
});

import assert from "node:assert/strict";
import { minutesOf } from "../../../config/mesh";
import type { MeshSettings } from "../../../config/settings";
import { parseCertificates } from "../../../pki/certificates";
import { refuseLongReissue, renewalWindowOf } from "../../../stacks/reissue";
import { issued, newKey, selfSigned } from "../../pki";

async function authority() {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys) };
}

describe("The time in which workloads follow", () => {
    const mesh = (reissueMinutes: number | undefined) => ({ reissueMinutes }) as MeshSettings;

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
        refuseLongReissue(undefined, 1);
        refuseLongReissue(mesh(30), 2);
        assert.throws(() => refuseLongReissue(mesh(31), 2));
    });

    it("is refused where two lifetimes do not fit into the renewal window", () => {
        refuseLongReissue(mesh(undefined), 1);
        refuseLongReissue(mesh(720), 48);
        refuseLongReissue(mesh(720), undefined);
        assert.throws(() => refuseLongReissue(mesh(720), 47), {
            message:
                "The setting reissueWithin gives workloads 12 hours to follow, so certificates of 24, but the intermediate is renewed only 47 hours before its end. Nothing was changed. Set reissueWithin to 705m at most, or renewalWindowDays, where the intermediate is signed, to 2 at least.",
        });
    });
});

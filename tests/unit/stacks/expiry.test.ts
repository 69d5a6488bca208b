import * as assert from "node:assert/strict";
import { completeProfile, profiles, renewalDate } from "../../../pki/profile";
import { nearExpiry } from "../../../stacks/guards/expiry";

const day = 86_400_000;
const notBefore = new Date("2026-01-01T00:00:00Z");

/** On which days of a certificate's life it refuses. */
function refusedOn(validityDays: number, guardDays: number, renewFrom: string | undefined): number[] {
    const notAfter = new Date(notBefore.getTime() + validityDays * day).toISOString();
    const certificate = { what: "x", notBefore: notBefore.toISOString(), notAfter, renewFrom, remedy: "Do." };
    return daysOf(validityDays).filter(
        (index) =>
            nearExpiry(certificate, guardDays, new Date(notBefore.getTime() + index * day + 1)) !== undefined,
    );
}

function holds(validity: number, window: number, guard: number): void {
    const profile = completeProfile({ intermediateValidityDays: validity, renewalWindowDays: window });
    const notAfter = new Date(notBefore.getTime() + validity * day).toISOString();
    const renewFrom = renewalDate(profile, { notBefore: notBefore.toISOString(), notAfter });
    const refused = refusedOn(validity, guard, renewFrom);
    const renewal = window === 0 ? Infinity : Math.min(window, validity / 2);
    const first = validity - Math.min(guard, validity / 3, renewal);
    const expected = daysOf(validity).filter((index) => guard > 0 && index >= first);
    assert.deepEqual(refused, expected, `window ${window}, guard ${guard}`);
    for (const index of refused) {
        const now = new Date(notBefore.getTime() + index * day + 1);
        assert.ok(renewFrom === undefined || now >= new Date(renewFrom), "root renews it by now");
    }
}

/** All days of a life, and some after it. */
function daysOf(validityDays: number): number[] {
    return Array.from({ length: validityDays + 3 }, (_, index) => index);
}

describe("An `up` near the expiry of a CA", () => {
    for (const validity of [10, 30, 365, 3650]) {
        it(`of ${validity} days is refused only if the remedy helps, whatever guard and window are`, () => {
            for (const window of [0, 1, 7, 30, 90, 400]) {
                for (const guard of [0, 1, 30, 90, 120, 1000]) {
                    holds(validity, window, guard);
                }
            }
        });
    }

    it("of profile makefile, of an outside signer and of a ready CA is renewed by nobody", () => {
        const notAfter = new Date(notBefore.getTime() + 3650 * day).toISOString();
        assert.equal(
            renewalDate(profiles.makefile, { notBefore: notBefore.toISOString(), notAfter }),
            undefined,
        );
        assert.equal(refusedOn(3650, 30, undefined)[0], 3620);
    });

    it("is refused from the exact moment at which its remedy helps", () => {
        const [end, begin] = [notBefore.getTime() + 90 * day, notBefore.toISOString()];
        const refuses = (left: number, renewFrom?: number) => {
            const certificate = {
                what: "x",
                notBefore: begin,
                notAfter: new Date(end).toISOString(),
                remedy: "",
            };
            const from = renewFrom === undefined ? undefined : new Date(renewFrom).toISOString();
            const now = new Date(end - left);
            const refusal = nearExpiry({ ...certificate, renewFrom: from }, 30, now);
            return refusal && / (expires|expired) /.exec(refusal.found)![1];
        };
        assert.deepEqual(
            [30 * day, 30 * day - 1, 1, 0].map((left) => refuses(left)),
            [undefined, "expires", "expires", "expired"],
        );
        assert.deepEqual([refuses(day, end - day), refuses(day, end - day + 1)], ["expires", undefined]);
    });

    it("says when it expires or that it has, and what to do", () => {
        const dates = { notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2026-12-31T00:00:00.000Z" };
        const refusal = (now: string) =>
            nearExpiry({ what: "cluster one", ...dates, remedy: "Renew it." }, 30, new Date(now));
        assert.deepEqual(refusal("2026-12-10T00:00:00Z"), {
            id: "ca-expires-soon",
            found: "The certificate of cluster one expires 2026-12-31T00:00:00.000Z, in 21 days, and nothing is about to take its place.",
            remedy: "Renew it. Setting expiryGuardDays to 0 lets this pass.",
        });
        assert.match(
            refusal("2027-01-01T00:00:00Z")!.found,
            /^The certificate of cluster one expired 2026-12-31T00:00:00\.000Z, and/,
        );
    });
});

import * as assert from "node:assert/strict";
import { NoAnswer, within } from "../../../kube/within";

describe("within", () => {
    const never = new AbortController().signal;

    it("returns what came in time, and ends what was begun along with it", async () => {
        let begun: AbortSignal | undefined;
        const brought = await within(1000, never, (signal) => {
            begun = signal;
            return Promise.resolve("answer");
        });
        assert.equal(brought, "answer");
        assert.equal(begun!.aborted, true);
    });

    it("ends what takes too long, and says so", async () => {
        let begun: AbortSignal | undefined;
        const hanging = within(20, never, (signal) => {
            begun = signal;
            return new Promise(() => undefined);
        });
        await assert.rejects(hanging, new NoAnswer("no answer within 1 s"));
        assert.equal(begun!.aborted, true);
    });

    it("ends with what it is part of, for its reason", async () => {
        const outer = new AbortController();
        const hanging = within(60_000, outer.signal, () => new Promise(() => undefined));
        const reason = new Error("ended by SIGTERM");
        outer.abort(reason);
        await assert.rejects(hanging, reason);
        await assert.rejects(
            within(60_000, outer.signal, () => assert.fail("begun")),
            reason,
        );
    });

    it("knows times that are longer than Node's timers", async () => {
        assert.equal(await within(Infinity, never, async () => Promise.resolve(1)), 1);
    });
});

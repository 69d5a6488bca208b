import assert from "node:assert/strict";
import { DetailedError } from "../../../operations/errors";
import { silent } from "../../../operations/progress";
import { inParallel } from "../../../operations/inParallel";

describe("Tasks", () => {
    const task = (title: string, run: () => Promise<unknown>, skip?: () => string) => ({ title, run, skip });
    const fail = (error: Error) => task("fails", () => Promise.reject(error));

    it("run in turn up to the first that fails, without those that are skipped when it is their turn", async () => {
        const done: string[] = [];
        const does = (name: string) => task(name, () => Promise.resolve(done.push(name)));
        const skipped = { ...does("skipped"), skip: () => (done.length === 1 ? "not needed" : undefined) };
        const tasks = [does("first"), skipped, does("second"), fail(new Error("broken")), does("third")];
        await assert.rejects(silent.inTurn(tasks), { message: "broken" });
        assert.deepEqual(done, ["first", "second"]);
    });

    it("in parallel are all waited for, and report the error of each that failed", async () => {
        let ended = false;
        const slow = task("slow", async () => {
            await new Promise((resolve) => setImmediate(resolve));
            ended = true;
        });
        const detailed = new DetailedError("in short", "in detail");
        const failing = [fail(new Error("broken")), fail(detailed), slow];
        await assert.rejects(inParallel(silent, failing, 3), {
            message: "2 of 3 failed",
            details: "broken\n\nin detail",
        });
        assert.ok(ended);
    });

    it("in parallel are as many at once as is allowed", async () => {
        let [running, most] = [0, 0];
        const watched = (name: string) =>
            task(name, async () => {
                most = Math.max(most, ++running);
                await new Promise((resolve) => setImmediate(resolve));
                running--;
            });
        await inParallel(silent, ["one", "two", "three", "four", "five"].map(watched), 2);
        assert.equal(most, 2);
    });
});

import * as assert from "node:assert/strict";
import { ApiException } from "@kubernetes/client-node";
import { reason } from "../../../kube/apiError";
import { CannotVerify } from "../../../verify/input";
import { settle } from "../../../verify/settle";

const check = (ok: boolean) => ({ name: "check", expected: "good", observed: ok ? "good" : "bad", ok });
const patience = (ms: number, signal = new AbortController().signal) => ({
    deadline: Date.now() + ms,
    signal,
    pauseMs: 1,
});

describe("settle", () => {
    it("repeats a probe until its checks are good", async () => {
        let runs = 0;
        const settled = await settle("probe", patience(10_000), () => {
            runs++;
            return runs === 1
                ? Promise.reject(new Error("not yet"))
                : Promise.resolve({ checks: [check(runs > 2)] });
        });
        assert.deepEqual(settled.checks, [check(true)]);
        assert.equal(settled.duration.attempts, 3);
    });

    it("gives what was seen last once the deadline is over", async () => {
        const failed = await settle("probe", patience(20), () => Promise.resolve({ checks: [check(false)] }));
        assert.deepEqual(failed.checks, [check(false)]);
        const thrown = await settle("probe", patience(20), () => Promise.reject(new Error("no pod")));
        assert.deepEqual(thrown.checks, [
            { name: "probe", expected: "an answer", observed: "no pod", ok: false },
        ]);
    });

    it("gives up at once where the API server forbids", async () => {
        const body = JSON.stringify({ message: 'pods is forbidden: User "viewer" cannot list' });
        const forbidden = new ApiException(403, "", body, {});
        await assert.rejects(
            settle("istiod", patience(10_000), () => Promise.reject(forbidden)),
            new CannotVerify(
                'istiod: the API server refuses: 403 pods is forbidden: User "viewer" cannot list',
            ),
        );
    });

    it("ends what an attempt has begun with the attempt", async () => {
        const begun: AbortSignal[] = [];
        const settled = await settle(
            "probe",
            { ...patience(10_000), attemptMs: 20 },
            ({ number, signal }) => {
                begun.push(signal);
                assert.deepEqual(
                    begun.map(({ aborted }) => aborted),
                    [...Array<boolean>(number - 1).fill(true), false],
                );
                return number < 3 ? new Promise(() => undefined) : Promise.resolve({ checks: [check(true)] });
            },
        );
        assert.equal(settled.duration.attempts, 3);
        assert.equal(begun[2]!.aborted, true);
    });

    it("ends when it is aborted, even in the middle of an attempt", async () => {
        const controller = new AbortController();
        const endless = settle(
            "probe",
            patience(60_000, controller.signal),
            () => new Promise(() => undefined),
        );
        const reason = new CannotVerify("ended by SIGTERM");
        controller.abort(reason);
        await assert.rejects(endless, reason);
    });
});

describe("reason", () => {
    it("gives the API server's message, otherwise what the status means", () => {
        const status = { kind: "Status", message: "pods is forbidden" };
        assert.equal(reason(new ApiException(403, "", status, {})), "403 pods is forbidden");
        assert.equal(reason(new ApiException(403, "", JSON.stringify(status), {})), "403 pods is forbidden");
        assert.equal(reason(new ApiException(502, "", "<html>", {})), "502 Bad Gateway");
        assert.equal(reason(new ApiException(401, "", undefined, {})), "401 Unauthorized");
    });

    it("gives the cause of a failed fetch", () => {
        const cause = new Error("connect ECONNREFUSED 127.0.0.1:6443");
        assert.equal(reason(new TypeError("fetch failed", { cause })), cause.message);
    });
});

import { setTimeout as delay } from "node:timers/promises";
import { ApiException } from "@kubernetes/client-node";
import { reason } from "../kube/apiError";
import { CannotVerify } from "./input";
import { Observation, Settled } from "./report";
import { within } from "../kube/within";

/** Before the second attempt, milliseconds; then twice as long each time: what has just become ready often needs no more. */
const firstPauseMs = 100;

/** How long a probe is repeated, and what stops it early. */
export interface Patience {
    /** Milliseconds since the epoch. */
    deadline: number;
    signal: AbortSignal;
    /** The longest pause between two attempts, milliseconds; default 500. */
    pauseMs?: number;
    /** The longest that one attempt may take, milliseconds; default 15 seconds. */
    attemptMs?: number;
}

/** One attempt of a probe. */
export interface Attempt {
    /** 1 for the first. */
    number: number;
    /** Aborted when the attempt is over: whatever it began ends with it. */
    signal: AbortSignal;
}

/**
 * Repeats a probe until all of its checks are good or the deadline is over; the last error is then a failed check.
 *
 * @throws CannotVerify if the API server forbids what the probe does: no repetition helps.
 */
export async function settle(
    name: string,
    { deadline, signal, pauseMs = 500, attemptMs = 15_000 }: Patience,
    probe: (attempt: Attempt) => Promise<Observation>,
): Promise<Settled> {
    const start = Date.now();
    for (let attempts = 1; ; attempts++) {
        const observation = await within(attemptMs, signal, (signal) =>
            probe({ number: attempts, signal }),
        ).catch((error: unknown) => {
            signal.throwIfAborted();
            return failure(name, error);
        });
        const pause = Math.min(pauseMs, firstPauseMs * 2 ** (attempts - 1));
        const done = observation.checks.every(({ ok }) => ok) || Date.now() + pause > deadline;
        if (done) {
            return { ...observation, name, duration: { milliseconds: Date.now() - start, attempts } };
        }
        await delay(pause, undefined, { signal });
    }
}

/** @throws CannotVerify if the API server forbids it. */
function failure(name: string, error: unknown): Observation {
    if (error instanceof ApiException && [401, 403].includes(error.code)) {
        throw new CannotVerify(`${name}: the API server refuses: ${reason(error)}`);
    }
    return { checks: [{ name, expected: "an answer", observed: reason(error), ok: false }] };
}

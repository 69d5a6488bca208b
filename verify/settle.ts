import { setTimeout as delay } from "node:timers/promises";
import { ApiException } from "@kubernetes/client-node";
import { reason } from "./apiError";
import { CannotVerify } from "./input";
import { Observation, Settled } from "./report";

/** Until when a probe is repeated, and what stops it early. */
export interface Patience {
    /** Milliseconds since the epoch. */
    deadline: number;
    signal: AbortSignal;
    /** Milliseconds between two attempts; default 500. */
    pauseMs?: number;
}

/** The longest that one attempt may take, milliseconds. */
const attemptMs = 15_000;

/**
 * Repeats a probe until all of its checks are good or the deadline is over; what it threw last is then a failed check.
 *
 * @throws CannotVerify if the API server forbids what the probe does: no repetition helps.
 */
export async function settle(
    name: string,
    { deadline, signal, pauseMs = 500 }: Patience,
    probe: (attempt: number) => Promise<Observation>,
): Promise<Settled> {
    const start = Date.now();
    for (let attempts = 1; ; attempts++) {
        const observation = await attempt(name, signal, () => probe(attempts));
        const done = observation.checks.every(({ ok }) => ok) || Date.now() + pauseMs > deadline;
        if (done) {
            return { ...observation, name, duration: { milliseconds: Date.now() - start, attempts } };
        }
        await delay(pauseMs, undefined, { signal });
    }
}

async function attempt(
    name: string,
    signal: AbortSignal,
    probe: () => Promise<Observation>,
): Promise<Observation> {
    try {
        return await Promise.race([probe(), end(AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]))]);
    } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ApiException && [401, 403].includes(error.code)) {
            throw new CannotVerify(`${name}: the API server refuses: ${reason(error)}`);
        }
        return { checks: [{ name, expected: "an answer", observed: reason(error), ok: false }] };
    }
}

function end(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
}

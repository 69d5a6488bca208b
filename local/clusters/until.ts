import { setTimeout as delay } from "node:timers/promises";

/** How {@link until} waits. */
export interface UntilOptions {
    /** Milliseconds until it gives up. */
    limit: number;
    /** Milliseconds between two looks. Default 50. */
    interval?: number;
    /** Lines for the error, such as the end of a log. */
    hint?: () => string;
}

/**
 * Waits for a condition.
 *
 * @param what - the condition's name, for the error
 * @param missing - looks once: what is still missing, or `undefined` when the condition holds; what it throws
 *     ends the wait
 * @throws when the limit has passed, with what was missing at the last look
 */
export async function until(
    what: string,
    missing: () => string | undefined | Promise<string | undefined>,
    { limit, interval = 50, hint = () => "" }: UntilOptions,
): Promise<void> {
    const end = Date.now() + limit;
    for (;;) {
        const problem = await missing();
        if (problem === undefined) return;
        if (Date.now() > end) {
            throw new Error(
                [`${what}: still missing after ${limit / 1000} s: ${problem}`, hint()].join("\n").trim(),
            );
        }
        await delay(interval);
    }
}

/** A longer timer of Node's runs out at once. */
const longestTimer = 2 ** 31 - 1;

/** No answer came in time. */
export class NoAnswer extends Error {}

/**
 * Runs something that may hang. Its signal is aborted when the time is over, when the outer signal is aborted, and also when
 * the run has ended, so that nothing that it began continues.
 *
 * @param milliseconds - the limit
 * @throws NoAnswer when the time is over; the outer signal's reason when that is aborted.
 */
export async function within<T>(
    milliseconds: number,
    outer: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    outer.throwIfAborted();
    const controller = new AbortController();
    const { signal } = controller;
    const giveUp = () => controller.abort(outer.reason);
    outer.addEventListener("abort", giveUp, { once: true });
    // Not AbortSignal.timeout: its timer keeps no process alive, and Node may collect one that AbortSignal.any was given.
    const timer = setTimeout(
        () => controller.abort(new NoAnswer(`no answer within ${Math.ceil(milliseconds / 1000)} s`)),
        Math.min(milliseconds, longestTimer),
    );
    const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    try {
        return await Promise.race([run(signal), aborted]);
    } finally {
        clearTimeout(timer);
        outer.removeEventListener("abort", giveUp);
        controller.abort(new Error("over"));
    }
}

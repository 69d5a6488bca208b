import * as os from "node:os";

/** Memory that one lane needs: up to three clusters with Istio. */
const laneBytes = 6 * 1024 ** 3;

/** How many groups of integration tests run in parallel. */
export const laneCount = Math.max(
    1,
    Math.min(Number(process.env["TEST_LANES"] ?? 2), Math.floor(os.freemem() / laneBytes)),
);

/** Only one lane takes from the first queue; every lane takes the next from the second. */
export async function inLanes<T, R>([first, second]: [T[], T[]], run: (each: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    const lane = async (...queues: T[][]) => {
        for (const queue of queues) {
            for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
                results.push(await run(each));
            }
        }
    };
    const others = Array.from({ length: laneCount - 1 }, () => lane(second));
    await Promise.all([lane(first, second), ...others]);
    return results;
}

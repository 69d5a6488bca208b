/** One row of the benchmark: what this project takes, compared with the same work without it, in seconds. */
export interface Measure {
    /** What was done. */
    name: string;
    /** The median. */
    ours: number;
    /** What it is compared with, and its median; undefined if the target is a time. */
    reference?: { name: string; seconds: number };
    /** The most that `ours / reference`, or without a reference `ours`, should be. */
    target: number;
    /** Of the figures; default: s. */
    unit?: string;
    /** Other facts seen on the way: all times, what was left behind. */
    notes: string[];
}

/** What is held to the target. */
export function figure({ ours, reference }: Measure): number {
    return reference ? ours / reference.seconds : ours;
}

/** Compares what was measured in several rounds. */
export function compare(
    name: string,
    ours: number[],
    reference: { name: string; seconds: number[] },
    target: number,
    notes: string[] = [],
): Measure {
    return {
        name,
        ours: median(ours),
        reference: { name: reference.name, seconds: median(reference.seconds) },
        target,
        notes: [`ours ${list(ours)}; ${reference.name} ${list(reference.seconds)}`, ...notes],
    };
}

/** Holds what was measured in several rounds to a time, or to an amount of another unit. */
export function against(name: string, ours: number[], target: number, unit = "s"): Measure {
    return { name, ours: median(ours), target, unit, notes: [`ours ${list(ours, unit)}`] };
}

/** How long an action takes, in seconds. */
export async function seconds(action: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await action();
    return (performance.now() - start) / 1000;
}

/**
 * Does two things in turn, never at the same time, each as often: the one that goes first changes with the round, so
 * that neither always meets the machine warmed up by the other.
 */
export async function alternate(
    rounds: number,
    first: () => Promise<void>,
    second: () => Promise<void>,
): Promise<void> {
    for (let round = 0; round < rounds; round++) {
        for (const action of round % 2 === 0 ? [first, second] : [second, first]) {
            await action();
        }
    }
}

function median(values: number[]): number {
    const sorted = values.toSorted((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function list(values: number[], unit = "s"): string {
    return `${values.map((value) => value.toFixed(1)).join(" ")} ${unit}`;
}

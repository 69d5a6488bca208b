import * as os from "node:os";

/** How many stacks a core keeps busy: an `up` waits for the engine's disk, for API servers and for proxies. */
const perCore = 4;

/** What the processes of one `up` may take, bytes. Without a mesh they take 130 MiB of their own, and share 200 MiB. */
const perStack = 512 * 1024 ** 2;

/** On how many stacks a command works at once, unless the user says otherwise: all cores, and half of the memory that is free. */
export function defaultParallel(
    cores = os.availableParallelism(),
    freeMemory = process.availableMemory(),
): number {
    return Math.max(1, Math.min(perCore * cores, Math.floor(freeMemory / 2 / perStack)));
}

import { randomFillSync } from "node:crypto";

/** The memory of a program in WebAssembly. */
export interface Memory {
    readonly buffer: ArrayBuffer;
}

/** Error numbers of WASI (wasi-libc, wasi/api.h). */
const success = 0;
const badDescriptor = 8;

const nanosecondsPerMs = 1_000_000n;

/** The end of a program, which none that answers questions comes to. */
export class Exited extends Error {}

/**
 * The system of a program that was compiled for WASI preview 1: a clock and random numbers. It has no files, no variables and no arguments,
 * and what it writes, as a Go program does when it panics, becomes the error's message.
 *
 * Not node:wasi: of Node.js 22 it ended the process with SIGSEGV now and then, after a thousand calls in a process whose program needed more
 * memory, and it is experimental, of which Node.js warns its user.
 */
export function systemInterface(memory: () => Memory): Record<string, (...args: never[]) => number> {
    const view = () => new DataView(memory().buffer);
    let written = "";
    /** None of something: how many there are, and how many bytes they take. */
    const none = (count: number, size: number) => {
        view().setUint32(count, 0, true);
        view().setUint32(size, 0, true);
        return success;
    };
    const missing = () => badDescriptor;
    return {
        args_sizes_get: none,
        args_get: () => success,
        environ_sizes_get: none,
        environ_get: () => success,
        clock_time_get: (_clock: number, _precision: bigint, address: number) => {
            view().setBigUint64(address, BigInt(Date.now()) * nanosecondsPerMs, true);
            return success;
        },
        random_get: (address: number, size: number) => {
            randomFillSync(new Uint8Array(memory().buffer, address, size));
            return success;
        },
        fd_write: (_descriptor: number, vectors: number, count: number, address: number) => {
            let size = 0;
            for (let index = 0; index < count; index++) {
                const [start, length] = [0, 4].map((offset) =>
                    view().getUint32(vectors + 8 * index + offset, true),
                );
                written += Buffer.from(memory().buffer, start, length).toString();
                size += length!;
            }
            view().setUint32(address, size, true);
            return success;
        },
        // Nothing else runs, and nothing is waited for: a sleep is over at once.
        sched_yield: () => success,
        poll_oneoff: (subscriptions: number, events: number, count: number, address: number) => {
            for (let index = 0; index < count; index++) {
                const event = new Uint8Array(memory().buffer, events + 32 * index, 32).fill(0);
                event.set(new Uint8Array(memory().buffer, subscriptions + 48 * index, 8));
                // The kind of the event: a subscription's tag follows its user data.
                event[10] = view().getUint8(subscriptions + 48 * index + 8);
            }
            view().setUint32(address, count, true);
            return success;
        },
        proc_exit: (status: number): never => {
            throw new Exited(`The program ended with status ${status}: ${written.slice(0, 2000)}`);
        },
        ...Object.fromEntries(fileFunctions.map((name) => [name, missing])),
    };
}

/** Functions of files: there are none. */
const fileFunctions = [
    ...[
        "fd_close",
        "fd_read",
        "fd_seek",
        "fd_readdir",
        "fd_filestat_get",
        "fd_fdstat_get",
        "fd_fdstat_set_flags",
    ],
    ...["fd_prestat_get", "fd_prestat_dir_name", "path_filestat_get", "path_readlink", "path_open"],
];

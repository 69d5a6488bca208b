import type { OnProgress } from "./proxies";

/** How often progress is written, milliseconds: a shorter verification writes none. */
const interval = 2000;

/** What a line of progress looks like. */
export const progressLine = /\b\d+ of \d+ proxies have picked up the CA$/;

/** Writes how many proxies have picked up the CA, a line every now and then, if that has changed. */
export function progress(write: (line: string) => void, now: () => number = Date.now): OnProgress {
    let last = now();
    let written = "";
    return (followed, total) => {
        const line = `${followed} of ${total} proxies have picked up the CA`;
        if (line !== written && now() - last >= interval) {
            write(line);
            [last, written] = [now(), line];
        }
    };
}

import type { OnProgress } from "./proxies";

/** How often progress is told, milliseconds: what is over sooner needs none. */
const interval = 2000;

/** What a line of progress looks like. */
export const progressLine = /\b\d+ of \d+ proxies follow$/;

/** Writes how many proxies follow, a line every now and then, where that has changed. */
export function progress(write: (line: string) => void, now: () => number = Date.now): OnProgress {
    let last = now();
    let told = "";
    return (followed, total) => {
        const line = `${followed} of ${total} proxies follow`;
        if (line !== told && now() - last >= interval) {
            write(line);
            [last, told] = [now(), line];
        }
    };
}

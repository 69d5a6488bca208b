import * as fs from "node:fs";

/** The most memory that all processes which this one starts hold at once during an action, bytes, seen every half second. */
export async function peakMemory(action: () => Promise<unknown>): Promise<number> {
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, heldBelow(process.pid))), 500);
    try {
        await action();
    } finally {
        clearInterval(timer);
    }
    return most;
}

function heldBelow(parent: number): number {
    const found = fs.readdirSync("/proc").flatMap((pid) => (/^\d+$/.test(pid) ? [memoryOf(pid)] : []));
    const held = (pid: number): number =>
        found
            .filter((each) => each.parent === pid)
            .reduce((sum, each) => sum + each.memory + held(each.pid), 0);
    return held(parent);
}

/** Of proc(5): what is shared with other processes counts for each in part only. */
function memoryOf(pid: string): { pid: number; parent: number; memory: number } {
    const read = (file: string, pattern: RegExp) => {
        try {
            return Number(pattern.exec(fs.readFileSync(`/proc/${pid}/${file}`, "utf8"))?.[1] ?? 0);
        } catch {
            // It has ended.
            return 0;
        }
    };
    return {
        pid: Number(pid),
        parent: read("status", /^PPid:\s+(\d+)$/m),
        memory: 1024 * read("smaps_rollup", /^Pss:\s+(\d+) kB$/m),
    };
}

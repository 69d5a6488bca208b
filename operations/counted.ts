import pMap from "p-map";
import { Progress, silent, Task } from "./progress";

/** Shows many tasks in one line: how many are done, which have failed, and which takes longest. */
export function countedBy(progress: Progress): Pick<Progress, "settle"> {
    return {
        settle: async (tasks, limit) => {
            const begun = new Map<string, number>();
            const failed: string[] = [];
            let done = 0;
            const show = () => progress.report(line(tasks.length, { done, failed, begun }));
            const run = async ({ title, skip, run }: Task) => {
                begun.set(title, Date.now());
                show();
                try {
                    if ((await skip?.()) === undefined) {
                        await run(silent);
                    }
                    done++;
                } catch {
                    failed.push(title);
                }
                begun.delete(title);
                show();
            };
            await pMap(tasks, run, { concurrency: limit });
        },
    };
}

interface Counts {
    done: number;
    failed: string[];
    /** When those that run have begun, milliseconds since 1970, by title. */
    begun: Map<string, number>;
}

function line(all: number, { done, failed, begun }: Counts, now = Date.now()): string {
    const failures = failed.length > 0 ? `, ${failed.length} failed: ${failed.join(", ")}` : "";
    const [slowest] = [...begun].sort(([, one], [, other]) => one - other);
    const running = slowest
        ? `; ${begun.size} running, ${slowest[0]} for ${Math.round((now - slowest[1]) / 1000)} s`
        : "";
    return `${done} of ${all} done${failures}${running}`;
}

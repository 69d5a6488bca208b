import { rotate } from "../../cli/rotate";
import { onLocalCluster } from "../../local/project";
import { Load, LoadOutcome } from "../integration/load";
import { Bench, benchCluster } from "./bench";
import { against, Measure, seconds } from "./measure";

/** The root of two clusters replaced, all steps with their `up`s and gates, while requests go on. */
export async function rotation(bench: Bench): Promise<Measure[]> {
    const names = [benchCluster, `${benchCluster}2`];
    const times: number[] = [];
    const outcomes: LoadOutcome[] = [];
    await bench.onEmptyClusters(names, () =>
        bench.inFolder("rotation", async (dir) => {
            const clusters = names.map((name) => [name, onLocalCluster(name, { role: "cluster" })] as const);
            const stacks = { root: { role: "root", clusters: names }, ...Object.fromEntries(clusters) };
            const project = await bench.project({ dir, stacks });
            for (const stack of [...names, "root", ...names]) {
                await project.up(stack);
            }
            for (let round = 1; round <= bench.rounds; round++) {
                const load = await Load.start(benchCluster, { rate: requestsPerSecond });
                times.push(await seconds(() => rotate(project.project, "root")));
                outcomes.push(await load.stop());
                bench.log("rotation", times.at(-1)!);
            }
        }),
    );
    const told = outcomes.map(
        ({ requests, failed, longestPauseMs }) =>
            `${requests} requests, ${failed} failed, longest pause ${longestPauseMs} ms`,
    );
    return [{ ...against("rotation of two clusters", times, 90), notes: told }];
}

const requestsPerSecond = 200;

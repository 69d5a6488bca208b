import { onLocalCluster } from "../../local/project";
import { rootCertFile } from "../../pki/caFiles";
import type { ClusterOutputs } from "../../stacks/outputs";
import { Load, LoadOutcome } from "../integration/load";
import { Agents, AgentsOutcome } from "./agents";
import { Bench, benchCluster } from "./bench";
import { alternate, compare, Measure } from "./measure";

/** How many ask, and the span that they are spread over. */
const counts = [100, 1000];
const spreadSeconds = 60;

type Turn = AgentsOutcome & { load: LoadOutcome };

/** What it costs when workload identities ask for certificates all at once, as after a renewal, and when they are spread. */
export async function resigning(bench: Bench): Promise<Measure[]> {
    const turns = counts.map((count) => ({ count, atOnce: [] as Turn[], spread: [] as Turn[] }));
    await bench.onEmptyCluster(() =>
        bench.inFolder("resigning", async (dir) => {
            const stacks = { [benchCluster]: onLocalCluster(benchCluster, { role: "standalone" }) };
            const project = await bench.project({ dir, stacks });
            await project.up(benchCluster);
            const stack = await project.project.open(benchCluster);
            const files = (await stack.outputs())["files"]!.value as NonNullable<ClusterOutputs["files"]>;
            const agents = await Agents.make(benchCluster, Math.max(...counts), files[rootCertFile]);
            const turn = async (count: number, seconds: number) => {
                bench.signal.throwIfAborted();
                const load = await Load.start(benchCluster, { rate: requestsPerSecond });
                const asked = await agents.ask(count, seconds);
                bench.log(`${count} identities over ${seconds} s`, asked.seconds);
                return { ...asked, load: await load.stop() };
            };
            for (const { count, atOnce, spread } of turns) {
                await alternate(
                    bench.rounds,
                    async () => void atOnce.push(await turn(count, 0)),
                    async () => void spread.push(await turn(count, spreadSeconds)),
                );
            }
        }),
    );
    return turns.map(({ count, atOnce, spread }) =>
        compare(
            `longest answer to ${count} identities over ${spreadSeconds} s`,
            spread.map(({ longestSeconds }) => longestSeconds),
            { name: "at once", seconds: atOnce.map(({ longestSeconds }) => longestSeconds) },
            0.5,
            [
                ...atOnce.map((turn) => `at once: ${told(turn)}`),
                ...spread.map((turn) => `spread: ${told(turn)}`),
            ],
        ),
    );
}

const requestsPerSecond = 50;

function told(turn: Turn): string {
    const { asked, failed, failures, retries, seconds, medianSeconds, longestSeconds, istiodSeconds, load } =
        turn;
    return [
        `answers after ${medianSeconds.toFixed(2)} s (median), ${longestSeconds.toFixed(2)} s (longest), all after ${seconds.toFixed(1)} s`,
        `${failed} of ${asked} failed${failures.length > 0 ? ` (${failures[0]})` : ""}, ${retries} retries`,
        `istiod's CPU ${istiodSeconds.toFixed(2)} s`,
        `meanwhile ${load.requests} requests, ${load.failed} failed, longest pause ${load.longestPauseMs} ms`,
    ].join("; ");
}

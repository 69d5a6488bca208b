import { onLocalCluster } from "../../local/project";
import { rootCertFile } from "../../pki/bundle";
import type { ClusterOutputs } from "../../stacks/outputs";
import { Load, LoadOutcome } from "../integration/load";
import { Agents, AgentsOutcome } from "./agents";
import { Bench, benchCluster } from "./bench";
import { against, Measure } from "./measure";

/** How many ask, the span in which they do, and the longest that one of them should wait; seconds. */
const turns = [
    { agents: 100, spread: 0, target: 5 },
    { agents: 100, spread: 60, target: 1 },
    { agents: 1000, spread: 0, target: 30 },
    { agents: 1000, spread: 60, target: 1 },
];

type Turn = AgentsOutcome & { load: LoadOutcome };

/** What it costs when workload identities ask for certificates all at once, as after a renewal, and when they are spread. */
export async function resigning(bench: Bench): Promise<Measure[]> {
    const outcomes = turns.map((): Turn[] => []);
    await bench.onEmptyCluster(() =>
        bench.inFolder("resigning", async (dir) => {
            const stacks = { [benchCluster]: onLocalCluster(benchCluster, { role: "standalone" }) };
            const project = await bench.project({ dir, stacks });
            await project.up(benchCluster);
            const stack = await project.project.open(benchCluster);
            const files = (await stack.outputs())["files"]!.value as NonNullable<ClusterOutputs["files"]>;
            const most = Math.max(...turns.map(({ agents }) => agents));
            const agents = await Agents.make(benchCluster, most, files[rootCertFile]);
            for (let round = 1; round <= bench.rounds; round++) {
                for (const [index, turn] of turns.entries()) {
                    bench.signal.throwIfAborted();
                    const load = await Load.start(benchCluster, { rate: 50 });
                    const asked = await agents.ask(turn.agents, turn.spread);
                    outcomes[index]!.push({ ...asked, load: await load.stop() });
                    bench.log(name(turn), asked.seconds);
                }
            }
        }),
    );
    return turns.map((turn, index) => ({
        ...against(
            name(turn),
            outcomes[index]!.map(({ longestSeconds }) => longestSeconds),
            turn.target,
        ),
        notes: outcomes[index]!.map(note),
    }));
}

function name({ agents, spread }: (typeof turns)[number]): string {
    return `longest answer to ${agents} identities, ${spread === 0 ? "at once" : `over ${spread} s`}`;
}

function note({
    asked,
    failed,
    failures,
    seconds,
    medianSeconds,
    longestSeconds,
    istiodSeconds,
    load,
}: Turn): string {
    return [
        `answers ${medianSeconds.toFixed(2)} s (median), ${longestSeconds.toFixed(2)} s (longest), all after ${seconds.toFixed(1)} s`,
        `${failed} of ${asked} failed${failures.length > 0 ? `: ${failures[0]}` : ""}`,
        `istiod's CPU ${istiodSeconds.toFixed(2)} s`,
        `beside it ${load.requests} requests, ${load.failed} failed, longest pause ${load.longestPauseMs} ms`,
    ].join("; ");
}

import { onLocalCluster } from "../../local/project";
import { Bench, benchCluster } from "./bench";
import { against, Measure } from "./measure";

/**
 * A renewed intermediate, from the changed Secret to the moment at which every proxy was seen to serve certificates under it. Left
 * alone, Istio's proxies take up to half of their certificates' lifetime: twelve hours.
 */
export async function renewal(bench: Bench): Promise<Measure[]> {
    const times: number[] = [];
    await bench.onEmptyCluster(() =>
        bench.inFolder("renewal", async (dir) => {
            const stacks = (intermediateValidityDays: number) => ({
                [benchCluster]: onLocalCluster(benchCluster, {
                    role: "standalone",
                    intermediateValidityDays,
                }),
            });
            const project = await bench.project({ dir, stacks: stacks(365) });
            await project.up(benchCluster);
            for (let round = 1; round <= bench.rounds; round++) {
                project.change(stacks(365 - round));
                const finished = await project.upTimed(benchCluster);
                times.push((finished("verification-handshakes") - finished("cacerts-secret")) / 1000);
                bench.log("renewal", times.at(-1)!);
            }
        }),
    );
    return [against("renewal, changed Secret to last proxy", times, 10)];
}

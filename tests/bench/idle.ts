import { Bench } from "./bench";
import { against, Measure } from "./measure";

/** The CPU seconds of an `up` of a cluster's stack that installs nothing, when nothing is to change. */
export async function idle(bench: Bench): Promise<Measure[]> {
    const used: number[] = [];
    await bench.inFolder("idle", async (dir) => {
        const stacks = {
            root: { role: "root", clusters: ["idle"] },
            idle: { role: "cluster", deploy: false },
        };
        const project = await bench.project({ dir, stacks });
        for (const stack of ["idle", "root", "idle"]) {
            await project.up(stack);
        }
        for (let round = 0; round < bench.rounds * upsPerRound; round++) {
            used.push(await project.upCpuSeconds("idle"));
        }
    });
    return [against("up without change, CPU", used, 2)];
}

/** These runs are short, so their times scatter more. */
const upsPerRound = 3;

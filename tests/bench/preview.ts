import { onLocalCluster } from "../../local/project";
import { Bench, benchCluster } from "./bench";
import { alternate, compare, Measure, seconds } from "./measure";

/** `pulumi preview` of a cluster's deployed stack when nothing is to change, and of a program that does nothing. */
export async function preview(bench: Bench): Promise<Measure[]> {
    const ours: number[] = [];
    const empty: number[] = [];
    await bench.onEmptyCluster(() =>
        bench.inFolder("preview", (dir) =>
            bench.inFolder("empty", async (emptyDir) => {
                const cluster = await deployedCluster(bench, dir);
                const program = await bench.project({
                    dir: emptyDir,
                    stacks: { empty: {} },
                    program: "emptyProgram.js",
                });
                await alternate(
                    bench.rounds * previewsPerRound,
                    async () =>
                        void ours.push(await seconds(() => cluster.previewWithoutChange(benchCluster))),
                    async () => void empty.push(await seconds(() => program.preview("empty"))),
                );
            }),
        ),
    );
    return [
        compare("preview without change", ours, { name: "empty JavaScript program", seconds: empty }, 1.5),
    ];
}

/** These runs are short, so their times scatter more. */
const previewsPerRound = 5;

/** Root and cluster, as a user has them: asked, signed, plugged in. */
async function deployedCluster(bench: Bench, dir: string) {
    const stacks = {
        root: { role: "root", clusters: [benchCluster] },
        [benchCluster]: onLocalCluster(benchCluster, { role: "cluster" }),
    };
    const project = await bench.project({ dir, stacks });
    for (const stack of [benchCluster, "root", benchCluster]) {
        bench.log(`pulumi up of ${stack}`, await seconds(() => project.up(stack)));
    }
    return project;
}

import { onLocalCluster } from "../../local/project";
import { Bench, benchCluster } from "./bench";
import { alternate, compare, Measure, seconds } from "./measure";
import { leftovers, objects } from "./objects";
import { Seed } from "./seed";

/** What one way of installing a mesh and removing it took, and what it left behind. */
interface Turn {
    up: number;
    destroy: number;
    left: string[];
}

/**
 * From an empty cluster to a verified mesh under a plugged-in CA, and back: `pulumi up` and `pulumi destroy` of a
 * standalone stack, which is all of Istio's task, and the task by hand. Every turn gets a cluster of its own.
 */
export async function mesh(bench: Bench): Promise<Measure[]> {
    const ours: Turn[] = [];
    const byHand: Turn[] = [];
    await alternate(
        bench.rounds,
        async () => void ours.push(await turn(bench, "pulumi", byPulumi)),
        async () => void byHand.push(await turn(bench, "by hand", seed)),
    );
    const measure = (name: string, figure: "up" | "destroy", target: number, notes: string[]) =>
        compare(
            name,
            ours.map((each) => each[figure]),
            { name: "by hand", seconds: byHand.map((each) => each[figure]) },
            target,
            notes,
        );
    return [
        measure("up", "up", 0.45, []),
        measure("destroy", "destroy", 0.55, [`pulumi left ${count(ours)}`, `by hand left ${count(byHand)}`]),
    ];
}

interface Installation {
    up(): Promise<void>;
    destroy(): Promise<void>;
}

async function turn(
    bench: Bench,
    name: string,
    prepare: (bench: Bench, dir: string) => Promise<Installation>,
): Promise<Turn> {
    return bench.onEmptyCluster(() =>
        bench.inFolder("mesh", async (dir) => {
            const before = await objects();
            const installation = await prepare(bench, dir);
            const up = await seconds(() => installation.up());
            bench.log(`up, ${name}`, up);
            const destroy = await seconds(() => installation.destroy());
            bench.log(`destroy, ${name}`, destroy);
            return { up, destroy, left: await leftovers(before) };
        }),
    );
}

async function byPulumi(bench: Bench, dir: string): Promise<Installation> {
    const stacks = {
        [benchCluster]: onLocalCluster(benchCluster, { role: "standalone", protectRoot: false }),
    };
    const project = await bench.project({ dir, stacks });
    return { up: () => project.up(benchCluster), destroy: () => project.destroy(benchCluster) };
}

async function seed(bench: Bench, dir: string): Promise<Installation> {
    const task = await Seed.prepare(bench, dir);
    return { up: () => task.up(), destroy: () => task.cleanUp() };
}

function count(turns: Turn[]): string {
    const left = [...new Set(turns.flatMap((turn) => turn.left))];
    return left.length > 0 ? `${left.length} objects: ${left.join(", ")}` : "nothing";
}

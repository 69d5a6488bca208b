import { up } from "../../operations/up";
import type { Bench } from "./bench";
import { compare, Measure, seconds } from "./measure";
import type { BenchProject } from "./project";

/** Clusters without a mesh below one root: from nothing, the same again, and after one of them has changed. */
export async function fleet(bench: Bench): Promise<Measure[]> {
    const names = Array.from({ length: bench.clusters }, (_, index) => `c${index + 1}`);
    const settings = (changed: object) => ({
        root: { role: "root", clusters: names },
        ...Object.fromEntries(names.map((name) => [name, { role: "cluster", deploy: false }])),
        c1: { role: "cluster", deploy: false, ...changed },
    });
    const times: Record<"first" | "again" | "changed", number[]> = { first: [], again: [], changed: [] };
    for (let round = 0; round < bench.rounds; round++) {
        await bench.inFolder("fleet", async (dir) => {
            const project = await bench.project({ dir, stacks: settings({}) });
            times.first.push(await walk(bench, project, `up of ${names.length} clusters from nothing`));
            times.again.push(await walk(bench, project, "the same again"));
            project.change(settings({ expiryGuardDays: 20 }));
            times.changed.push(await walk(bench, project, "up after one has changed"));
        });
    }
    const reference = { name: "the first up", seconds: times.first };
    const fleet = `${names.length} clusters, deploy: false`;
    return [
        compare(`${fleet}: the same again`, times.again, reference, 0.2),
        compare(`${fleet}: one has changed`, times.changed, reference, 0.35),
    ];
}

async function walk(bench: Bench, { project }: BenchProject, what: string): Promise<number> {
    bench.signal.throwIfAborted();
    const time = await seconds(() => up(project, project.stacks()));
    bench.log(what, time);
    return time;
}

import { up } from "../../operations/up";
import type { Bench } from "./bench";
import { against, compare, Measure, seconds } from "./measure";
import { peakMemory } from "./memory";
import type { BenchProject } from "./project";

/** The settings of stack root in the steps of a rotation. */
const rotation = [
    { roots: ["root", "root-2"] },
    { roots: ["root", "root-2"], signingRoot: "root-2" },
    { roots: ["root-2"] },
];

/**
 * Clusters without a mesh below one root: from nothing, the same again, after one of them has changed, and the steps of a rotation, which
 * `npm run rotate` takes of clusters with a mesh alone.
 */
export async function fleet(bench: Bench): Promise<Measure[]> {
    const names = Array.from({ length: bench.clusters }, (_, index) => `c${index + 1}`);
    const settings = (changed: object, root: object = {}) => ({
        root: { role: "root", clusters: names, ...root },
        ...Object.fromEntries(names.map((name) => [name, { role: "cluster", deploy: false }])),
        c1: { role: "cluster", deploy: false, ...changed },
    });
    const times = { first: [], again: [], changed: [], rotated: [], gib: [] } as Record<string, number[]>;
    for (let round = 0; round < bench.rounds; round++) {
        await bench.inFolder("fleet", async (dir) => {
            const project = await bench.project({ dir, stacks: settings({}) });
            const memory = await peakMemory(async () => {
                times["first"]!.push(
                    await walk(bench, project, `up of ${names.length} clusters from nothing`),
                );
            });
            times["gib"]!.push(memory / 1024 ** 3);
            times["again"]!.push(await walk(bench, project, "the same again"));
            project.change(settings({ expiryGuardDays: 20 }));
            times["changed"]!.push(await walk(bench, project, "up after one has changed"));
            let rotated = 0;
            for (const step of rotation) {
                project.change(settings({ expiryGuardDays: 20 }, step));
                rotated += await walk(bench, project, `a step to ${step.roots.join(" and ")}`);
            }
            times["rotated"]!.push(rotated);
        });
    }
    const reference = { name: "the first up", seconds: times["first"]! };
    const fleet = `${names.length} clusters, deploy: false`;
    return [
        against(`${fleet}: from nothing, for each`, per(names.length, times["first"]!), 3.6),
        against(`${fleet}: memory`, times["gib"]!, 4, "GiB"),
        compare(`${fleet}: the same again`, times["again"]!, reference, 0.2),
        compare(`${fleet}: one has changed`, times["changed"]!, reference, 0.35),
        compare(`${fleet}: all steps of a rotation`, times["rotated"]!, reference, 4),
    ];
}

function per(count: number, times: number[]): number[] {
    return times.map((time) => time / count);
}

async function walk(bench: Bench, { project }: BenchProject, what: string): Promise<number> {
    bench.signal.throwIfAborted();
    const time = await seconds(() => up(project, project.stacks()));
    bench.log(what, time);
    return time;
}

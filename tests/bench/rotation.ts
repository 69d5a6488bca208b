import { rotate } from "../../operations/rotation/rotate";
import { onLocalCluster } from "../../local/project";
import { apply, connections, Load, LoadOutcome } from "../integration/load";
import { Bench, benchCluster } from "./bench";
import { HandMeshes } from "./handMeshes";
import { against, compare, Measure, seconds } from "./measure";

/** Rotations of one kind: how long each took, and how the load fared meanwhile. */
interface Turns {
    times: number[];
    outcomes: LoadOutcome[];
}

/**
 * The root of two clusters replaced, every proxy seen at each step: by `npm run rotate -- root --yes` with nothing else to
 * do and under load, and under the same load by hand, as Istio's own test does it with kubectl and openssl.
 */
export async function rotation(bench: Bench): Promise<Measure[]> {
    const idle: number[] = [];
    const ours: Turns = { times: [], outcomes: [] };
    const byHand: Turns = { times: [], outcomes: [] };
    const onClusters = (action: (dir: string) => Promise<void>) =>
        bench.onEmptyClusters(names, () => bench.inFolder("rotation", action), kubelets);
    await onClusters(async (dir) => {
        const rotateRoot = await deployed(bench, dir);
        for (let round = 1; round <= bench.rounds; round++) {
            idle.push(await seconds(rotateRoot));
            bench.log("rotation", idle.at(-1)!);
            await underLoad(bench, "rotation under load", ours, rotateRoot);
        }
    });
    await onClusters(async (dir) => {
        const meshes = await HandMeshes.install(bench, names, dir);
        for (let round = 1; round <= bench.rounds; round++) {
            await underLoad(bench, "rotation by hand", byHand, () => meshes.rotate());
        }
    });
    const reference = { name: "by hand", seconds: byHand.times };
    return [
        against("rotation of two clusters", idle, 90),
        compare("rotation under load", ours.times, reference, 1, [
            ...ours.outcomes.map((outcome) => `ours: ${told(outcome)}`),
            ...byHand.outcomes.map((outcome) => `by hand: ${told(outcome)}`),
        ]),
    ];
}

const names = [benchCluster, `${benchCluster}2`];
const requestsPerSecond = 200;

/** As Kubernetes has them: by hand one waits for them to deliver a changed Secret, and our program makes them look. */
const kubelets = { syncFrequency: "1m" };

/** Root and two clusters, as a user has them. @returns what replaces the root. */
async function deployed(bench: Bench, dir: string): Promise<() => Promise<void>> {
    const clusters = names.map((name) => [name, onLocalCluster(name, { role: "cluster" })] as const);
    const stacks = { root: { role: "root", clusters: names }, ...Object.fromEntries(clusters) };
    const project = await bench.project({ dir, stacks });
    for (const stack of [...names, "root", ...names]) {
        await project.up(stack);
    }
    return async () => void (await rotate(project.project, "root"));
}

async function underLoad(bench: Bench, what: string, turns: Turns, rotateRoot: () => Promise<void>) {
    await apply(benchCluster, [connections("httpbin.foo.svc.cluster.local")]);
    const load = await Load.start(benchCluster, { rate: requestsPerSecond });
    turns.times.push(await seconds(rotateRoot));
    turns.outcomes.push(await load.stop());
    bench.log(what, turns.times.at(-1)!);
}

function told({ requests, failed, failures, longestPauseMs }: LoadOutcome): string {
    const words = failures.length > 0 ? `: ${failures.join("; ")}` : "";
    return `${requests} requests, longest pause ${longestPauseMs} ms, ${failed} failed${words}`;
}

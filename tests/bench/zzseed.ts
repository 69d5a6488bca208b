import { Bench } from "./bench";
import { Seed } from "./seed";
import { objects, leftovers } from "./objects";
import { seconds } from "./measure";
void Bench.run({ rounds: 1, signal: new AbortController().signal }, (bench) => bench.onEmptyCluster(() => bench.inFolder("m", async (dir) => {
    const before = await objects();
    console.log(before.size);
    const s = await Seed.prepare(bench, dir);
    try { console.log("up", await seconds(() => s.up())); console.log("down", await seconds(() => s.cleanUp())); } catch (e) { console.log((e as Error).message); }
    console.log(await leftovers(before));
})));

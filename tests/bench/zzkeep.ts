import { Bench } from "./bench";
import { seconds } from "./measure";
import { onLocalCluster } from "../../local/project";
import * as clusters from "../../local/clusters";
void Bench.run({ rounds: 1, signal: new AbortController().signal }, async (bench) => {
    await clusters.up(["benchkeep"], { programs: bench.toolchain, images: (bench as unknown as { images: never }).images });
    const dir = "/work/main/.local/benchkeep";
    const stacks = { root: { role: "root", clusters: ["benchkeep"] }, benchkeep: onLocalCluster("benchkeep", { role: "cluster" }) };
    const p = await bench.project({ dir, stacks });
    for (const s of ["benchkeep", "root", "benchkeep"]) console.log(s, await seconds(() => p.up(s)));
    for (let i = 0; i < 3; i++) console.log("preview", await seconds(() => p.previewWithoutChange("benchkeep")));
});

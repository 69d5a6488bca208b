import { Bench } from "./bench";
import { objects, leftovers } from "./objects";
import { seconds } from "./measure";
import { onLocalCluster } from "../../local/project";
import { Project } from "../../cli/project";
import type { EngineEvent } from "@pulumi/pulumi/automation";
function recorder() {
    const t0 = performance.now();
    const started = new Map<string, number>();
    const now = () => (performance.now() - t0) / 1000;
    return (event: EngineEvent) => {
        const short = (urn: string) => urn.split("::").slice(2).join(" ").replace(/^.*\$/, "");
        if (event.preludeEvent) console.log(now().toFixed(2), "prelude");
        if (event.resourcePreEvent) { started.set(event.resourcePreEvent.metadata.urn, now()); }
        if (event.resOutputsEvent) { const m = event.resOutputsEvent.metadata; console.log((started.get(m.urn) ?? 0).toFixed(2), now().toFixed(2), m.op, short(m.urn)); }
        if (event.resOpFailedEvent) console.log(now().toFixed(2), "FAILED", short(event.resOpFailedEvent.metadata.urn));
        if (event.summaryEvent) console.log(now().toFixed(2), "summary", event.summaryEvent.durationSeconds);
    };
}
const verification = process.argv[2] !== "noverify";
void Bench.run({ rounds: 1, signal: new AbortController().signal }, (bench) => bench.onEmptyCluster(() => bench.inFolder("m", async (dir) => {
    const before = await objects();
    await bench.project({ dir, stacks: { bench: onLocalCluster("bench", { role: "standalone", verification }) } });
    const stack = await new Project(dir).open("bench");
    let out = "";
    try {
        console.log("up", await seconds(() => stack.up({ onEvent: recorder(), onOutput: (t) => (out += t) })));
    } catch (e) { console.log(out); throw e; }
    for (let i = 0; i < 3; i++) console.log("preview", await seconds(() => stack.preview({ onEvent: i == 2 ? recorder() : undefined, expectNoChanges: true })));
    console.log("destroy", await seconds(() => stack.destroy({ onEvent: recorder() })));
    console.log(await leftovers(before));
})));

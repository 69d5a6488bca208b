import * as fs from "node:fs";
import * as path from "node:path";
import { csr, newKey } from "../pki";
import type { Bench } from "./bench";
import { against, compare, Measure, seconds } from "./measure";
import { peakMemory } from "./memory";
import type { BenchProject } from "./project";

const counts = [20, 100, 1000] as const;

/** Stack root from nothing, with requests of so many clusters: whether time grows faster than their number, and memory. */
export async function signing(bench: Bench): Promise<Measure[]> {
    const cpu: Record<number, number[]> = { 20: [], 100: [], 1000: [] };
    const last: { seconds: number[]; gib: number[] } = { seconds: [], gib: [] };
    for (let round = 0; round < bench.rounds; round++) {
        for (const count of counts) {
            await bench.inFolder("signing", async (dir) => {
                const clusters = Array.from({ length: count }, (_, index) => `c${index + 1}`);
                const project = await bench.project({ dir, stacks: { root: { role: "root", clusters } } });
                await request(dir, clusters);
                bench.signal.throwIfAborted();
                const [time, memory] = await sign(project, (used) => cpu[count]!.push(used));
                bench.log(`stack root, ${count} certificates, ${memory.toFixed(2)} GiB`, time);
                if (count === counts.at(-1)) {
                    last.seconds.push(time);
                    last.gib.push(memory);
                }
            });
        }
    }
    const times = (count: number, factor: number) => ({
        name: `${factor} times the CPU time of ${count}`,
        seconds: cpu[count]!.map((used) => factor * used),
    });
    return [
        compare("stack root, 100 certificates", cpu[100]!, times(20, 5), 1.2),
        compare("stack root, 1,000 certificates", cpu[1000]!, times(100, 10), 1.2),
        against("stack root, 1,000 certificates", last.seconds, 300),
        against("stack root, 1,000 certificates: memory", last.gib, 2, "GiB"),
    ];
}

async function sign(project: BenchProject, used: (cpuSeconds: number) => void): Promise<[number, number]> {
    let time = 0;
    const memory = await peakMemory(async () => {
        time = await seconds(async () => used(await project.upCpuSeconds("root")));
    });
    return [time, memory / 1024 ** 3];
}

/** Writes the states that stacks of clusters have after their first `up`, as far as stack root reads them. */
async function request(dir: string, clusters: string[]): Promise<void> {
    const project = "istio-plugin-ca";
    for (const name of clusters) {
        const pem = await csr(await newKey(), { subject: `O=Istio, L=${name}, CN=Intermediate CA` });
        const type = "pulumi:pulumi:Stack";
        const urn = `urn:pulumi:${name}::${project}::${type}::${project}-${name}`;
        const outputs = { csr: { generation: 1, pem }, status: "certificate requested" };
        const manifest = { time: new Date().toISOString(), magic: "", version: "" };
        const latest = { manifest, resources: [{ urn, custom: false, type, outputs }] };
        const checkpoint = { stack: `organization/${project}/${name}`, latest };
        const file = path.join(dir, "state", ".pulumi", "stacks", project, `${name}.json`);
        fs.writeFileSync(file, JSON.stringify({ version: 3, checkpoint }));
    }
}

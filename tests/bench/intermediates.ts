import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { KeyAlgorithm, profiles } from "../../pki/profile";
import type { Bench } from "./bench";
import { alternate, compare, Measure, seconds } from "./measure";

/** One root CA and many intermediates from nothing: a Pulumi program, and Istio's Makefile. */
export async function intermediates(bench: Bench): Promise<Measure[]> {
    const measures: Measure[] = [];
    for (const count of [20, 100]) {
        const byMake: number[] = [];
        const ours: Record<string, number[]> = {};
        const program = async () => {
            for (const { keyAlgorithm } of targets) {
                (ours[keyAlgorithm] ??= []).push(await upOf(bench, count, keyAlgorithm));
            }
        };
        await alternate(bench.rounds, program, async () => void byMake.push(await make(bench, count)));
        for (const { keyAlgorithm, target } of targets) {
            const name = `1 root, ${count} intermediates, ${keyAlgorithm}`;
            const reference = { name: "make (RSA-4096)", seconds: byMake };
            measures.push(compare(name, ours[keyAlgorithm]!, reference, target));
        }
    }
    return measures;
}

const targets: { keyAlgorithm: KeyAlgorithm; target: number }[] = [
    { keyAlgorithm: profiles.default.keyAlgorithm, target: 0.25 },
    { keyAlgorithm: "RSA-4096", target: 1 },
];

async function upOf(bench: Bench, count: number, keyAlgorithm: KeyAlgorithm): Promise<number> {
    return bench.inFolder("intermediates", async (dir) => {
        const project = await bench.project({
            dir,
            stacks: { intermediates: { count, keyAlgorithm } },
            program: "intermediatesProgram.ts",
        });
        const time = await seconds(() => project.up("intermediates"));
        bench.log(`pulumi up, ${count} intermediates, ${keyAlgorithm}`, time);
        return time;
    });
}

async function make(bench: Bench, count: number): Promise<number> {
    return bench.inFolder("make", async (dir) => {
        const makefile = path.join(bench.toolchain.istio.certsTool, "Makefile.selfsigned.mk");
        const goals = Array.from({ length: count }, (_, index) => `c${index + 1}-cacerts`);
        const options = { cwd: dir, cancelSignal: bench.signal, all: true } as const;
        const time = await seconds(() => execa("make", ["-f", makefile, "root-ca", ...goals], options));
        if (
            !goals.every((goal) =>
                fs.existsSync(path.join(dir, goal.replace("-cacerts", ""), "cert-chain.pem")),
            )
        ) {
            throw new Error(`make did not create all ${count} intermediates`);
        }
        bench.log(`make, ${count} intermediates`, time);
        return time;
    });
}

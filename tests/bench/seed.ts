import * as path from "node:path";
import * as fs from "node:fs";
import { execa } from "execa";
import { onLocalCluster } from "../../local/project";
import { Bench, benchCluster } from "./bench";

/** Istio's task "Plug in CA Certificates" by hand: its commands as scripts, on the benchmark's cluster. */
export class Seed {
    private constructor(
        private readonly bench: Bench,
        private readonly dir: string,
    ) {}

    /** @param dir - an empty folder, in which the commands work. */
    static async prepare(bench: Bench, dir: string): Promise<Seed> {
        const seed = new Seed(bench, dir);
        fs.writeFileSync(seed.kubeconfig, await bench.kubeconfig(), { mode: 0o600 });
        return seed;
    }

    /** The task from its first command to the verification. */
    up(): Promise<void> {
        return this.run("up.sh");
    }

    /** The task's clean-up. */
    cleanUp(): Promise<void> {
        return this.run("clean-up.sh");
    }

    private get kubeconfig(): string {
        return path.join(this.dir, "kubeconfig");
    }

    private async run(script: string): Promise<void> {
        const { httpbin, sleep, certsTool } = this.bench.toolchain.istio;
        const { istioSet } = onLocalCluster(benchCluster, {}) as { istioSet: string[] };
        await execa("/bin/bash", ["-e", "-o", "pipefail", path.join(__dirname, "seed", script)], {
            cwd: this.dir,
            env: {
                KUBECONFIG: this.kubeconfig,
                CERTS_TOOL: certsTool,
                HTTPBIN_YAML: httpbin,
                SLEEP_YAML: sleep,
                ISTIO_SET: istioSet.join("\n"),
            },
            cancelSignal: this.bench.signal,
            all: true,
        });
    }
}

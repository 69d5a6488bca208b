import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import type { Bench } from "./bench";

/** Meshes whose CAs somebody keeps by hand, with kubectl and openssl: the scripts in byHand/. */
export class HandMeshes {
    private root = "old";

    private constructor(
        private readonly bench: Bench,
        private readonly clusters: string[],
        private readonly dir: string,
    ) {}

    /** Istio in empty clusters, ready for its root's rotation. @param dir - an empty folder for the files */
    static async install(bench: Bench, clusters: string[], dir: string): Promise<HandMeshes> {
        const meshes = new HandMeshes(bench, clusters, dir);
        await meshes.run("install.sh");
        return meshes;
    }

    /** Replaces this root by another, and checks every proxy of every cluster at each step. */
    async rotate(): Promise<void> {
        const next = `${this.root}-next`;
        await this.run("rotate.sh", next, this.root);
        this.root = next;
    }

    private async run(script: string, ...args: string[]): Promise<void> {
        const { httpbin, sleep } = this.bench.toolchain.istio;
        const { istioSet } = onLocalCluster(this.clusters[0]!, {}) as { istioSet: string[] };
        // A copy, so that kubectl writes nothing into the clusters' own.
        const kubeconfig = path.join(this.dir, "kubeconfig");
        fs.copyFileSync(kubeconfigPath, kubeconfig);
        const file = path.join(__dirname, "byHand", script);
        await execa("/bin/bash", ["-eu", "-o", "pipefail", file, ...args], {
            cwd: this.dir,
            env: {
                KUBECONFIG: kubeconfig,
                CLUSTERS: this.clusters.join(" "),
                HTTPBIN_YAML: httpbin,
                SLEEP_YAML: sleep,
                ISTIO_SET: istioSet.join("\n"),
            },
            cancelSignal: this.bench.signal,
            all: true,
        });
    }
}

import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import * as clusters from "../../local/clusters";
import { ensureImages, Images } from "../../local/images/images";
import { clustersDir, kubeconfigPath, localDir } from "../../local/paths";
import { installPlugins } from "../../local/plugins/install";
import { ensureToolchain, Toolchain } from "../../local/toolchain/toolchain";
import { BenchProject, BenchProjectArgs } from "./project";

const benchDir = path.join(localDir, "bench");

/** The one cluster of the benchmark: what is measured runs in it in turn, so nothing idles next to it. */
export const benchCluster = "bench";

/** How to measure. */
export interface BenchOptions {
    /** How often each side is measured. */
    rounds: number;
    /** Of how many clusters a fleet consists. */
    clusters: number;
    /** Ends what is running. */
    signal: AbortSignal;
}

/** What the parts of the benchmark share. */
export class Bench implements BenchOptions {
    readonly rounds: number;
    readonly clusters: number;
    readonly signal: AbortSignal;

    private constructor(
        readonly toolchain: Toolchain,
        readonly images: Images,
        { rounds, clusters, signal }: BenchOptions,
    ) {
        this.rounds = rounds;
        this.clusters = clusters;
        this.signal = signal;
    }

    /**
     * Runs with everything that the local default needs.
     *
     * @param options - when its `signal` aborts, what was created is removed nevertheless.
     */
    static async run<T>(options: BenchOptions, action: (bench: Bench) => Promise<T>): Promise<T> {
        const toolchain = await ensureToolchain();
        const images = await ensureImages(toolchain);
        if (!toolchain.pulumi.official) {
            await installPlugins();
        }
        fs.rmSync(benchDir, { recursive: true, force: true });
        try {
            return await action(new Bench(toolchain, images, options));
        } finally {
            fs.rmSync(benchDir, { recursive: true, force: true });
        }
    }

    /** Runs in an empty folder, which is removed afterwards. */
    async inFolder<T>(name: string, action: (dir: string) => Promise<T>): Promise<T> {
        const dir = path.join(benchDir, name);
        fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
        try {
            return await action(dir);
        } finally {
            fs.rmSync(dir, { recursive: true, force: true });
        }
    }

    /** Runs on an empty cluster, created for it and removed afterwards. */
    onEmptyCluster<T>(action: () => Promise<T>): Promise<T> {
        return this.onEmptyClusters([benchCluster], action);
    }

    /** The same with several. */
    async onEmptyClusters<T>(
        names: string[],
        action: () => Promise<T>,
        options: Pick<clusters.UpOptions, "syncFrequency"> = {},
    ): Promise<T> {
        const left = names.filter((name) => fs.existsSync(path.join(clustersDir, name)));
        if (left.length > 0) {
            await clusters.down(left);
        }
        try {
            await clusters.up(names, { ...options, programs: this.toolchain, images: this.images });
            await clusters.settled(names);
            this.signal.throwIfAborted();
            return await action();
        } finally {
            await clusters.down(names);
        }
    }

    /** A project with its stacks, all empty. */
    project(args: Omit<BenchProjectArgs, "pulumiHome">): Promise<BenchProject> {
        return new BenchProject({ ...args, pulumiHome: this.toolchain.pulumi.home }, this.signal).init();
    }

    /** The text of a kubeconfig whose current context is the benchmark's cluster. */
    async kubeconfig(): Promise<string> {
        const args = ["view", "--raw", "--minify", "--flatten", "--context", benchCluster];
        return (await execa("kubectl", ["config", ...args, "--kubeconfig", kubeconfigPath])).stdout;
    }

    /** Says on stderr what was done, and in how many seconds. */
    log(what: string, seconds: number): void {
        console.error(`${seconds.toFixed(1).padStart(7)} s  ${what}`);
    }
}

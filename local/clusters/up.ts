import { connect } from "node:net";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { Images } from "../images/images";
import { seedImageStore } from "../images/imageStore";
import { capture } from "../toolchain/run";
import { applyDns } from "./addons";
import { ApiServer } from "./apiServer";
import { Cluster } from "./cluster";
import { componentCommands, componentNames, type ClusterPrograms, type ComponentName } from "./components";
import { Daemon } from "./daemon";
import { writeFileAtomically } from "./files";
import { apiServerProblem, conditions, type Condition } from "./health";
import { writeMergedKubeconfig } from "./kubeconfig";
import { shared, withLock } from "./lock";
import { connectNodes } from "./network";
import { Node } from "./node";
import { Pki } from "./pki";
import { inParallel } from "./inParallel";
import { until } from "./until";

/** What {@link up} needs and reports. */
export interface UpOptions {
    programs: ClusterPrograms;
    images: Images;
    /** Called with what begins. */
    onStep?: (cluster: string, step: string) => void;
    /** Seconds that a cluster may take until it is Ready. Default 120. */
    limit?: number;
    /** How late a mounted Secret or ConfigMap may pick up its change. Default "5s"; Kubernetes' own default is "1m". */
    syncFrequency?: string;
}

/**
 * Brings clusters up in parallel until each is Ready: the API server serves, the node is Ready, ServiceAccount
 * `default` exists, kube-dns answers, the images are there. Running parts are left running; dead ones are
 * started again with the cluster's data, as after a reboot of the node.
 *
 * @throws when a cluster is not Ready in time, with what is missing and the end of the log that says why
 */
export async function up(names: readonly string[], options: UpOptions): Promise<void> {
    await inParallel(names, (name) =>
        withLock(name, async () => {
            const cluster = await withLock(shared, () => Cluster.define(name));
            await new Start(cluster, options).run();
        }),
    );
}

/** Brings one cluster to Ready. */
class Start {
    private readonly node: Node;
    private readonly deadline: number;

    constructor(
        private readonly cluster: Cluster,
        private readonly options: UpOptions,
    ) {
        this.node = new Node(cluster);
        this.deadline = Date.now() + 1000 * (options.limit ?? 120);
    }

    async run(): Promise<void> {
        const { cluster, node, options } = this;
        this.step("certificates, network and mount namespace");
        await Promise.all([new Pki(cluster).create(), node.booted || node.boot()]);
        const commands = componentCommands(cluster, options.programs, {
            pauseImage: options.images.names.pause,
            syncFrequency: options.syncFrequency ?? "5s",
        });
        const start = (name: ComponentName) => this.start(name, commands[name]);

        this.step("etcd, API server, images");
        start("etcd");
        // An API server that finds no etcd tries again only after a second.
        await this.wait("etcd", () => (node.listens(2379) ? undefined : "etcd does not listen"));
        start("kube-apiserver");
        await ApiServer.open(cluster);
        await withLock(shared, async () => {
            writeMergedKubeconfig(Cluster.all());
            await connectNodes(Cluster.all());
        });
        const api = new ApiServer(cluster);
        await Promise.all([
            this.wait("kube-apiserver", () => apiServerProblem(api)),
            this.provideImages(() => start("containerd")),
        ]);

        this.step("kubelet, controllers, DNS");
        componentNames.forEach(start);
        await applyDns(cluster, api);
        await Promise.all(
            conditions(cluster, api).map(({ component, missing }) => this.wait(component, missing)),
        );
        this.step("Ready");
    }

    /** Starts containerd on a folder that holds the images; one that runs or ran already imports new ones. */
    private async provideImages(startContainerd: () => void): Promise<void> {
        const { archive, key, store } = this.options.images;
        const root = this.cluster.path("var", "lib", "containerd");
        const provided = this.cluster.path("var", "images");
        if (!existsSync(root)) {
            await seedImageStore(store, root);
            writeFileAtomically(provided, key);
        }
        startContainerd();
        await this.wait("containerd", () => this.containerdProblem());
        if (!existsSync(provided) || readFileSync(provided, "utf8") !== key) {
            const [nsenter, ...enter] = this.node.enter;
            const { ctr } = this.options.programs.system;
            await capture(nsenter, [...enter, ctr, "--namespace=k8s.io", "images", "import", archive]);
            writeFileAtomically(provided, key);
        }
    }

    private start(name: ComponentName, command: string[]): void {
        const daemon = this.daemon(name);
        if (daemon.pid === undefined) daemon.start([...this.node.enter, ...command]);
    }

    private daemon(name: string): Daemon {
        return new Daemon(this.cluster, name);
    }

    /** Waits for something that a component does; its end ends the wait. */
    private async wait(component: string, missing: Condition["missing"]): Promise<void> {
        const daemon = this.daemon(component);
        const look = async () => {
            const problem = await missing();
            if (problem !== undefined && daemon.pid === undefined) {
                throw new Error(`cluster ${this.cluster.name}: ${component} has ended\n${daemon.lastWords}`);
            }
            return problem;
        };
        const limit = Math.max(0, this.deadline - Date.now());
        await until(`cluster ${this.cluster.name}`, look, { limit, hint: () => daemon.lastWords });
    }

    private async containerdProblem(): Promise<string | undefined> {
        const socket = connect(this.node.file("/run/containerd/containerd.sock"));
        return once(socket, "connect").then(
            () => void socket.destroy(),
            (error: Error) => error.message,
        );
    }

    private step(step: string): void {
        this.options.onStep?.(this.cluster.name, step);
    }
}

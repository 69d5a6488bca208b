import * as path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import pMap from "p-map";
import { Cluster } from "../../local/clusters/cluster";
import { Node } from "../../local/clusters/node";
import { kubeconfigPath } from "../../local/paths";
import { goPrograms } from "../goPrograms";

/** How agents fared that asked for certificates. */
export interface AgentsOutcome {
    asked: number;
    failed: number;
    failures: string[];
    retries: number;
    seconds: number;
    medianSeconds: number;
    longestSeconds: number;
    /** The CPU seconds of istiod meanwhile. */
    istiodSeconds: number;
}

const namespace = "agents";

/** Simulated pilot-agents of a local cluster, each with its own service account. */
export class Agents {
    private constructor(
        private readonly context: string,
        private readonly core: CoreV1Api,
        private readonly program: string,
        private readonly roots: string,
        private readonly tokens: string[],
        private readonly istiod: { name: string; ip: string },
    ) {}

    /** @param roots - what istiod is verified with, PEM */
    static async make(context: string, count: number, roots: string): Promise<Agents> {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfigPath);
        config.setCurrentContext(context);
        const core = config.makeApiClient(CoreV1Api);
        await core.createNamespace({ body: { metadata: { name: namespace } } });
        const tokens = await pMap(
            Array.from({ length: count }, (_, index) => `agent-${index}`),
            async (name) => {
                await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
                const body = { spec: { audiences: ["istio-ca"] } };
                const { status } = await core.createNamespacedServiceAccountToken({ namespace, name, body });
                return status!.token!;
            },
            { concurrency: 20 },
        );
        const pods = await core.listNamespacedPod({ namespace: "istio-system", labelSelector: "app=istiod" });
        const [istiod] = pods.items;
        const program = path.join(await goPrograms("resigning", "."), "resigning");
        const where = { name: istiod!.metadata!.name!, ip: istiod!.status!.podIP! };
        return new Agents(context, core, program, roots, tokens, where);
    }

    /** So many ask, all at once, or each at a random time of so many seconds. */
    async ask(count: number, spreadSeconds: number): Promise<AgentsOutcome> {
        const before = await this.istiodSeconds();
        // In the network of the cluster's node, which reaches its pods.
        const node = new Node(Cluster.find(this.context)!);
        const enter = ["--target", String(node.pid), "--net", "--"];
        const address = `${this.istiod.ip}:15012`;
        const { stdout } = await execa(
            "nsenter",
            [...enter, this.program, "-address", address, "-spread", `${spreadSeconds}s`],
            { input: JSON.stringify({ roots: this.roots, tokens: this.tokens.slice(0, count) }) },
        );
        const istiodSeconds = (await this.istiodSeconds()) - before;
        return { ...(JSON.parse(stdout) as Omit<AgentsOutcome, "istiodSeconds">), istiodSeconds };
    }

    private async istiodSeconds(): Promise<number> {
        const metrics = await this.core.connectGetNamespacedPodProxyWithPath({
            namespace: "istio-system",
            name: `${this.istiod.name}:15014`,
            path: "metrics",
        });
        return Number(/^process_cpu_seconds_total (\S+)$/m.exec(metrics)![1]);
    }
}

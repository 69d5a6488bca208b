import type { KubeConfig } from "@kubernetes/client-node";
import { EngineLog } from "../provider";
import { Cluster } from "./cluster";
import { ProviderConfig } from "./config";
import { defaultNamespace, loadKubeconfig } from "./kubeconfig";
import { UnreachableError } from "./statusError";

/** One configured provider: its configuration and its cluster, which may be out of reach. */
export class Session {
    private readonly kubeconfig: Promise<KubeConfig>;
    private readonly connected: Promise<Cluster | UnreachableError>;

    /**
     * @param userAgent as in {@link Cluster}.
     * @param signal ends what is running.
     */
    constructor(
        readonly config: ProviderConfig,
        readonly log: EngineLog,
        userAgent: string,
        readonly signal: AbortSignal,
    ) {
        this.kubeconfig = loadKubeconfig(config);
        this.connected = this.connect(userAgent).catch(asUnreachable);
    }

    /** The namespace of objects that name none; empty without a kubeconfig. */
    async namespace(): Promise<string> {
        return this.kubeconfig.then(
            (kubeconfig) => defaultNamespace(this.config, kubeconfig),
            () => this.config.namespace,
        );
    }

    /** The cluster, or why it is out of reach. */
    async cluster(): Promise<Cluster | UnreachableError> {
        return this.connected;
    }

    /** @throws Error in the official words when the cluster is out of reach. */
    async requireCluster(): Promise<Cluster> {
        const cluster = await this.connected;
        if (cluster instanceof UnreachableError) {
            throw new Error(`configured Kubernetes cluster is unreachable: ${cluster.message}`);
        }
        return cluster;
    }

    private async connect(userAgent: string): Promise<Cluster> {
        const cluster = new Cluster(await this.kubeconfig, userAgent, this.signal);
        try {
            await cluster.requireReachable();
        } catch (error) {
            throw new UnreachableError(
                `unable to load schema information from the API server: ${(error as Error).message}`,
            );
        }
        return cluster;
    }
}

function asUnreachable(error: unknown): UnreachableError {
    return error instanceof UnreachableError ? error : new UnreachableError((error as Error).message);
}

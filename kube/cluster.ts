import { duplexPair, Duplex, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import {
    ApiConstructor,
    ApiType,
    AppsV1Api,
    ConfigurationOptions,
    CoreV1Api,
    CustomObjectsApi,
    Exec,
    KubeConfig,
    PortForward,
    V1DaemonSet,
    V1Deployment,
    V1Node,
    V1Pod,
    V1ReplicaSet,
    V1Status,
    VersionApi,
} from "@kubernetes/client-node";
import { found, reason } from "./apiError";
import { Unreachable } from "./unreachable";
import { loadKubeconfig } from "./kubeconfig";
import { listAll, Page, request } from "./requests";
import { WebSocketOptions } from "./webSocketOptions";
import { WebSockets } from "./webSockets";

/** What a command in a container wrote and returned. */
export interface CommandResult {
    exitCode: number;
    stdout: string;
    stderr: string;
}

/** A container of a running pod. */
export interface Target {
    namespace: string;
    pod: string;
    container: string;
}

/** A cluster as the verification sees it: its API, and connections into its pods. */
export class Cluster {
    readonly core: CoreV1Api;
    readonly custom: CustomObjectsApi;
    private readonly apps: AppsV1Api;
    private readonly webSocketOptions: WebSocketOptions;

    private constructor(private readonly config: KubeConfig) {
        this.core = config.makeApiClient(CoreV1Api);
        this.custom = config.makeApiClient(CustomObjectsApi);
        this.webSocketOptions = new WebSocketOptions(config);
        this.apps = config.makeApiClient(AppsV1Api);
    }

    /**
     * Reads the kubeconfig and asks the API server once.
     *
     * @throws Unreachable if the kubeconfig, its context or the API server is not there.
     */
    static async connect(kubeconfig?: string, context?: string): Promise<Cluster> {
        const cluster = new Cluster(loadKubeconfig(kubeconfig, context));
        try {
            await request((options) => cluster.core.listNamespace({ limit: 1 }, options));
        } catch (error) {
            throw new Unreachable(`${cluster.name} does not answer: ${reason(error)}`);
        }
        return cluster;
    }

    /** Another part of its API, for what a single caller needs. */
    api<T extends ApiType>(part: ApiConstructor<T>): T {
        return this.config.makeApiClient(part);
    }

    get context(): string {
        return this.config.currentContext;
    }

    private get name(): string {
        const server = this.config.getCurrentCluster()?.server ?? "(no server)";
        return `the API server ${server} of context ${this.context}`;
    }

    /** What time it is by the API server's clock, in whole seconds; undefined if it does not say. */
    async time(): Promise<Date | undefined> {
        const answer = this.config.makeApiClient(VersionApi).getCodeWithHttpInfo();
        // An answer that refuses has the time too.
        const { headers } = await answer.catch((error: { headers?: Record<string, string> }) => error);
        const date = Date.parse(headers?.["date"] ?? "");
        return Number.isNaN(date) ? undefined : new Date(date);
    }

    /** A Deployment, or undefined if there is none. */
    async deployment(namespace: string, name: string): Promise<V1Deployment | undefined> {
        return found(request((options) => this.apps.readNamespacedDeployment({ namespace, name }, options)));
    }

    /** A ReplicaSet, or undefined if there is none. */
    async replicaSet(namespace: string, name: string): Promise<V1ReplicaSet | undefined> {
        return found(request((options) => this.apps.readNamespacedReplicaSet({ namespace, name }, options)));
    }

    /** The DaemonSets of all namespaces that a label selector chooses. */
    async daemonSets(labelSelector: string): Promise<V1DaemonSet[]> {
        return (await found(this.apps.listDaemonSetForAllNamespaces({ labelSelector })))?.items ?? [];
    }

    /** Whether the API has a resource, such as a CRD's `prometheusrules`. */
    async serves(group: string, version: string, resource: string): Promise<boolean> {
        const list = await found(
            request((options) => this.custom.getAPIResources({ group, version }, options)),
        );
        return list?.resources.some(({ name }) => name === resource) ?? false;
    }

    /** The pods of a selector that are ready and not being deleted. */
    async readyPods(namespace: string, labels: Record<string, string>): Promise<V1Pod[]> {
        const labelSelector = Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(",");
        const { items } = await request((options) =>
            this.core.listNamespacedPod({ namespace, labelSelector }, options),
        );
        return items.filter(
            ({ metadata, status }) =>
                !metadata?.deletionTimestamp &&
                status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
        );
    }

    /** What the function picks of the pods of all namespaces, without those that have finished. */
    async pods<T>(wanted: (pod: V1Pod) => T[], signal?: AbortSignal): Promise<T[]> {
        const fieldSelector = "status.phase!=Succeeded,status.phase!=Failed";
        const list = (page: Page, options: ConfigurationOptions) =>
            this.core.listPodForAllNamespaces({ fieldSelector, ...page }, options);
        return listAll(list, wanted, signal);
    }

    /** The nodes. */
    async nodes(signal?: AbortSignal): Promise<V1Node[]> {
        return listAll(
            (page, options) => this.core.listNode(page, options),
            (node) => [node],
            signal,
        );
    }

    /**
     * Runs a command in a container, until it has ended or the signal is aborted.
     *
     * @param stdin - is sent as it is; its end is not signalled
     */
    async run(
        target: Target,
        command: string[],
        { stdin, signal }: { stdin?: string; signal?: AbortSignal } = {},
    ): Promise<CommandResult> {
        const stdout = new PassThrough();
        const stderr = new PassThrough();
        const input = stdin === undefined ? null : new PassThrough();
        const { namespace, pod, container } = target;
        const exec = new Exec(this.config, this.webSockets(signal));
        const outcome = new Promise<V1Status>((resolve, reject) => {
            exec.exec(namespace, pod, container, command, stdout, stderr, input, false, resolve).then(
                (socket) => {
                    socket.onclose = () =>
                        reject(new Error(`the connection to ${pod} ended before the command`));
                    input?.write(stdin);
                },
                reject,
            );
        });
        const [out, err, status] = await Promise.all([text(stdout), text(stderr), outcome]);
        return { stdout: out, stderr: err, exitCode: exitCode(status) };
    }

    /** A connection to a pod's port, through the API server and the kubelet, until it is destroyed or the signal is aborted. */
    async connectTo(
        { namespace, pod }: Pick<Target, "namespace" | "pod">,
        port: number,
        signal?: AbortSignal,
    ): Promise<Duplex> {
        const [near, far] = duplexPair();
        const errors = new PassThrough();
        const forwarder = new PortForward(this.config, true, this.webSockets(signal));
        const socket = await forwarder.portForward(namespace, pod, [port], far, errors, far);
        if (typeof socket === "function") {
            throw new Error("only a port-forward that reconnects gives a function");
        }
        const end = (said = "") => {
            const why = said.trim() && `: ${said.trim()}`;
            near.destroy(new Error(`the connection to port ${port} of ${pod} ended${why}`));
        };
        // The first message of each stream is only its port.
        errors.on("data", (said: Buffer) => said.length > 0 && end(said.toString()));
        socket.onclose = () => end();
        // Without the other end's consent, which a kubelet that hangs does not give.
        near.on("close", () => socket.terminate());
        return near;
    }

    private webSockets(signal = new AbortController().signal): WebSockets {
        return new WebSockets(this.webSocketOptions, signal);
    }
}

function exitCode(status: V1Status): number {
    if (status.status === "Success") {
        return 0;
    }
    const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
    if (code === undefined) {
        throw new Error(status.message ?? "the command did not run");
    }
    return Number(code);
}

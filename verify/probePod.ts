import { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { reason } from "../kube/apiError";
import { Cluster, Target } from "../kube/cluster";
import { parseTransfers, Transfer } from "./curl";
import { request } from "../kube/requests";

const container = "curl";
const labels = { "app.kubernetes.io/name": "mesh-verification" };

/** A folder of the pod that is in memory. */
const memoryDir = "/probe";

/** A short-lived pod outside the mesh, with curl. */
export class ProbePod {
    private constructor(
        private readonly cluster: Cluster,
        private readonly target: Target,
        private readonly signal?: AbortSignal,
    ) {}

    /** The same pod, whose commands end when the signal is aborted. */
    until(signal: AbortSignal): ProbePod {
        return new ProbePod(this.cluster, this.target, signal);
    }

    /**
     * Creates the pod. It stops by itself after the given time if nobody deletes it.
     *
     * @param template - the pod spec whose image and pull secrets are used; its image must hold sh and curl
     */
    static async create(cluster: Cluster, namespace: string, template: V1PodSpec, lifetimeSeconds: number) {
        const body = podManifest(template, lifetimeSeconds);
        const { metadata } = await request((options) =>
            cluster.core.createNamespacedPod({ namespace, body }, options),
        );
        return new ProbePod(cluster, { namespace, pod: metadata!.name!, container });
    }

    /**
     * Asks whether the container takes commands. The kubelet takes them about a second before it reports the container
     * as running, which is why this tries one and does not watch the pod.
     *
     * @throws Error saying what the pod waits for.
     */
    async ping(): Promise<void> {
        try {
            await this.cluster.run(this.target, ["true"], { signal: this.signal });
        } catch (error) {
            const waiting = await this.waitingFor(reason(error));
            throw new Error(`${this.target.pod} does not run: ${waiting}`, { cause: error });
        }
    }

    /**
     * Runs curl, with a file that only it can read if one is given. The file's content goes through stdin into memory: no
     * command line, no disk and no API object sees it.
     *
     * @param args - curl's arguments, given the path of the file
     * @param file - one name is not to be used by two runs at a time
     */
    async curl(args: (path: string) => string[], file = { name: "empty", content: "" }): Promise<Transfer[]> {
        const { name, content } = file;
        const path = `${memoryDir}/${name}`;
        const script = 'umask 077; file=$1; head -c "$2" >"$file"; shift 2; exec curl "$@"';
        const command = ["sh", "-c", script, "sh", path, String(Buffer.byteLength(content)), ...args(path)];
        const options = { stdin: content, signal: this.signal };
        return parseTransfers(await this.cluster.run(this.target, command, options));
    }

    /** Deletes the pod at once. */
    async delete(): Promise<void> {
        const { namespace, pod } = this.target;
        const which = { namespace, name: pod, gracePeriodSeconds: 0 };
        await request((options) => this.cluster.core.deleteNamespacedPod(which, options));
    }

    private async waitingFor(otherwise: string): Promise<string> {
        const { namespace, pod } = this.target;
        const { status } = await request((options) =>
            this.cluster.core.readNamespacedPod({ namespace, name: pod }, options),
        );
        const waiting = status?.containerStatuses?.[0]?.state?.waiting;
        const condition = status?.conditions?.find(
            ({ type, status }) => type === "PodScheduled" && status === "False",
        );
        return (
            [waiting?.reason, waiting?.message, condition?.message].filter(Boolean).join(": ") || otherwise
        );
    }
}

function podManifest({ containers, imagePullSecrets }: V1PodSpec, lifetimeSeconds: number): V1Pod {
    const { image } = appContainer(containers);
    return {
        metadata: {
            generateName: "mesh-verification-",
            labels: { ...labels, "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" },
        },
        spec: {
            restartPolicy: "Never",
            activeDeadlineSeconds: lifetimeSeconds,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            imagePullSecrets,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: 65534,
                runAsGroup: 65534,
                seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
                {
                    name: container,
                    image,
                    imagePullPolicy: "IfNotPresent",
                    command: ["sleep", String(lifetimeSeconds)],
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                    volumeMounts: [{ name: "memory", mountPath: memoryDir }],
                },
            ],
            volumes: [{ name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }],
        },
    };
}

/** The container of a workload that is not its sidecar. */
export function appContainer<T extends { name: string }>(containers: T[]): T {
    return containers.find(({ name }) => name !== "istio-proxy") ?? containers[0]!;
}

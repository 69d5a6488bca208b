import { V1Pod } from "@kubernetes/client-node";
import { execa } from "execa";
import { readAccess, readVerification } from "../../config/mesh";
import { proxyFollows } from "../../pki/changeableTrust";
import { Cluster } from "../../kube/cluster";
import { Exclusions } from "../../kube/exclusions";
import { followsAtOnce } from "../../kube/proxyPods";
import { proxyPod, sortPods } from "../../kube/sortedPods";
import { inParallel, Task } from "../progress";
import { Project } from "../project/project";

/** What `kubectl rollout restart` takes. */
const kinds = ["Deployment", "StatefulSet", "DaemonSet"];

/**
 * Restarts the workloads whose proxies started without PROXY_CONFIG_XDS_AGENT, one after the other and each as its own rolling
 * update has it: such a proxy takes another trust bundle with its next certificate only, hours later.
 */
export function restartUntold(project: Project, stacks: string[]): Task {
    const tasks = stacks.map((name): Task => ({
        title: name,
        run: async (progress) => {
            const reader = await project.reader(name);
            const { kubeconfig, context } = readAccess(reader, "set deploy to false");
            const { verificationExclude } = readVerification(reader);
            reader.throwFaults();
            const cluster = await Cluster.connect(kubeconfig, context);
            const { asked } = sortPods(await cluster.pods(proxyPod), new Exclusions(verificationExclude));
            const pods = asked.filter((pod) => !pod.metadata?.deletionTimestamp && !followsAtOnce(pod));
            const options = ["--kubeconfig", kubeconfig, "--context", context];
            for (const { namespace, workload } of workloadsOf(pods)) {
                progress.report(`${namespace}/${workload}`);
                const kubectl = (...args: string[]) =>
                    execa("kubectl", [...options, "--namespace", namespace, "rollout", ...args], {
                        env: project.variables(),
                    });
                await kubectl("restart", workload);
                await kubectl("status", workload, "--timeout=300s");
            }
        },
    }));
    return {
        title: `Restart what started without ${proxyFollows}`,
        run: (progress) => inParallel(progress, tasks),
    };
}

/** @throws Error naming the pods that no rolling restart makes anew. */
export function workloadsOf(pods: V1Pod[]): { namespace: string; workload: string }[] {
    const owned = pods.map((pod) => ({ pod, workload: workloadOf(pod) }));
    const alone = owned.filter(({ workload }) => workload === undefined).map(({ pod }) => nameOf(pod));
    if (alone.length > 0) {
        throw new Error(
            `Nothing makes ${alone.join(", ")} anew, and they started without ${proxyFollows}: restart them by hand.`,
        );
    }
    const found = owned.map(
        ({ pod, workload }) => [`${pod.metadata!.namespace}/${workload}`, pod, workload] as const,
    );
    return [
        ...new Map(found.map(([key, pod, workload]) => [key, { pod, workload: workload! }])).values(),
    ].map(({ pod, workload }) => ({ namespace: pod.metadata!.namespace!, workload }));
}

/** A Deployment's ReplicaSet has its name and the hash of the pods' template. */
function workloadOf({ metadata }: V1Pod): string | undefined {
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
    const hash = metadata?.labels?.["pod-template-hash"];
    const kind = owner?.kind === "ReplicaSet" && hash ? "Deployment" : owner?.kind;
    const name = kind === owner?.kind ? owner?.name : owner?.name.slice(0, -`-${hash}`.length);
    return kind !== undefined && kinds.includes(kind) ? `${kind.toLowerCase()}/${name}` : undefined;
}

function nameOf({ metadata }: V1Pod): string {
    return `${metadata!.namespace}/${metadata!.name}`;
}

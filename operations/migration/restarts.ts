import { execa } from "execa";
import { readAccess } from "../../config/access";
import { readVerification } from "../../config/verification";
import { proxyFollows } from "../../pki/changeableTrust";
import { Cluster } from "../../kube/cluster";
import { Exclusions } from "../../kube/exclusions";
import { followsAtOnce } from "../../kube/proxyPods";
import { proxyPod, sortPods } from "../../kube/sortedPods";
import { Task } from "../progress";
import { inParallel } from "../inParallel";
import { Project } from "../project/project";
import { workloadsOf } from "./workloads";

/**
 * Restarts the workloads whose proxies started without PROXY_CONFIG_XDS_AGENT, one by one and each as a rolling update: such a proxy
 * picks up a new trust bundle only with its next certificate, hours later.
 */
export function restartWorkloads(project: Project, stacks: string[]): Task {
    const tasks = stacks.map((name): Task => ({
        title: name,
        run: async (progress) => {
            const reader = await project.reader(name);
            const { kubeconfig, context } = readAccess(reader, "set deploy to false");
            const { exclude } = readVerification(reader);
            reader.throwFaults();
            const cluster = await Cluster.connect(kubeconfig, context);
            const { asked } = sortPods(await cluster.pods(proxyPod), new Exclusions(exclude));
            const pods = asked.filter((pod) => !pod.metadata?.deletionTimestamp && !followsAtOnce(pod));
            const options = ["--kubeconfig", kubeconfig, "--context", context];
            for (const { namespace, workload } of await workloadsOf(pods, cluster)) {
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
        title: `Restart workloads that started without ${proxyFollows}`,
        run: (progress) => inParallel(progress, tasks, project.parallel),
    };
}

import { readdirSync, readFileSync } from "node:fs";
import type { V1PodList } from "@kubernetes/client-node";
import { kubectl } from "./fixture";

/** Kills a process and all its descendants at once, as the crash of a machine does. */
export function killTree(pid: number): void {
    const tree = [pid];
    // Stopped processes start no others.
    for (const each of tree) {
        process.kill(each, "SIGSTOP");
        tree.push(...children(each));
    }
    tree.forEach((each) => process.kill(each, "SIGKILL"));
}

/** The pilot-agent of a pod, which holds its proxy's certificates: SIGSTOP keeps them as they are. */
export async function pilotAgent(context: string, app: string): Promise<number> {
    return proxyProcess(context, `foo/${app}`, "pilot-agent");
}

/**
 * A process of a pod's proxy.
 *
 * @param app - the pod's namespace, and its label app
 */
export async function proxyProcess(
    context: string,
    app: `${string}/${string}`,
    program: "pilot-agent" | "envoy",
): Promise<number> {
    const [namespace, label] = app.split("/") as [string, string];
    const selected = ["get", "pods", "-n", namespace, "-l", `app=${label}`, "-o", "json"];
    const [pod] = (JSON.parse(await kubectl(context, ...selected)) as V1PodList).items;
    const { containerStatuses = [], initContainerStatuses = [] } = pod?.status ?? {};
    const proxy = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === "istio-proxy");
    const id = proxy?.containerID?.replace("containerd://", "") ?? "none";
    const found = processes().find(
        (pid) => read(pid, "cgroup").includes(id) && read(pid, "comm") === `${program}\n`,
    );
    if (found === undefined) {
        throw new Error(`${app} of ${context} has no ${program}`);
    }
    return found;
}

function children(pid: number): number[] {
    return processes().filter((each) => Number(/^PPid:\s+(\d+)$/m.exec(read(each, "status"))?.[1]) === pid);
}

function processes(): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
}

/** A file of proc(5); empty for a process that has ended. */
function read(pid: number, file: string): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}

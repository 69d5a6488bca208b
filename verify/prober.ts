import type { V1Pod } from "@kubernetes/client-node";
import { reason } from "../kube/apiError";
import { Cluster, Target } from "../kube/cluster";
import { mountsCrls } from "../kube/proxyPods";
import { foreignClientPem } from "./foreignClient";
import { expectedOf, MatrixMember } from "./matrixInput";
import { probeClient, probeName, probeNamespace } from "./probeNames";
import { proxyFault, readSecrets } from "./proxySecrets";
import { RemoteAccess } from "./remoteAccess";
import { Check, same } from "./report";
import { Patience, settle } from "./settle";

/** How far the clock of a cluster may be from this machine's, seconds. Istio backdates certificates by two minutes. */
const clockSeconds = 60;

/** What the proxy of a cluster's workload must have done. */
const pickedUp = "has picked up the CA";

/** A cluster, and the pod from which requests go out; or why there is none. */
export interface Prober {
    member: MatrixMember;
    found: Probe | Error;
    /** What was looked at in the cluster itself: it concerns all requests from it and to it. */
    checks: Check[];
}

export interface Probe {
    cluster: Cluster;
    target: Target;
    /** The pod's address. */
    ip: string;
    /** A client certificate of the pod's identity that another CA issued, and its key, PEM. */
    stranger: string;
    /** How its istiod reads the other clusters. */
    access: RemoteAccess;
}

/** The ready pod of a cluster's MeshProbe, with a proxy that has picked up the CA, and with a clock that is right. */
export async function findProber(
    kubeconfig: string | undefined,
    member: MatrixMember,
    identity: string,
    patience: Patience,
): Promise<Prober> {
    const { cluster: name } = member;
    const stranger = await foreignClientPem(identity, member.caCertPem[0].pem);
    let found: Prober["found"] = new Error(`cluster ${name} was not looked at`);
    const { checks } = await settle(name, patience, async ({ signal }) => {
        try {
            const { pod, ...probe } = await findPod(kubeconfig, member);
            found = { ...probe, stranger };
            return { checks: await ownChecks(probe.cluster, pod, member, signal) };
        } catch (error) {
            found = new Error(reason(error));
            return { checks: [same(name, "an answer", reason(error))] };
        }
    });
    return { member, found, checks };
}

async function findPod(kubeconfig: string | undefined, { cluster: name, context }: MatrixMember) {
    const cluster = await Cluster.connect(kubeconfig, context);
    const [pod] = await cluster.readyPods(probeNamespace, { app: probeName, cluster: name });
    if (!pod) {
        throw new Error(`no pod of Deployment ${probeNamespace}/${probeName} is ready in cluster ${name}`);
    }
    const target = { namespace: probeNamespace, pod: pod.metadata!.name!, container: probeClient };
    return { cluster, pod, target, ip: pod.status!.podIP!, access: new RemoteAccess(cluster) };
}

async function ownChecks(
    cluster: Cluster,
    pod: V1Pod,
    member: MatrixMember,
    signal: AbortSignal,
): Promise<Check[]> {
    const asked = Date.now();
    const [secrets, time] = await Promise.all([readSecrets(cluster, pod, signal), cluster.time()]);
    const expected = expectedOf(member);
    const lists = mountsCrls(pod) ? {} : { crls: [] };
    const fault = proxyFault(secrets, { ...expected, ...lists });
    return [
        same(`${member.cluster}: proxy`, pickedUp, fault ?? pickedUp),
        ...(time ? [clockCheck(`${member.cluster}: clock`, time.getTime() - (asked + Date.now()) / 2)] : []),
    ];
}

/** @param aheadMs - by how much the cluster's clock is ahead, milliseconds */
export function clockCheck(name: string, aheadMs: number): Check {
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    return {
        name,
        expected: `within ${clockSeconds} s of this machine's`,
        observed: `${seconds} s ${aheadMs < 0 ? "behind" : "ahead"}`,
        ok: seconds <= clockSeconds,
    };
}

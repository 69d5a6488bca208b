import pMap from "p-map";
import { reason } from "../kube/apiError";
import { Cluster, Target } from "../kube/cluster";
import { foreignClientPem } from "./foreignClient";
import { Gateway } from "./gatewayHandshake";
import { judgeCell } from "./matrixCause";
import { judgeShown, observeRequest, Pair, showDirectly, Shown } from "./matrixCell";
import { MatrixMember, MatrixSettings } from "./matrixInput";
import { MatrixReport, matrixReport, SeenCell } from "./matrixReport";
import { probeClient, probeHost, probeName, probeNamespace, probePort } from "./probeNames";
import type { Check } from "./report";
import { Patience, settle } from "./settle";

/** How many pairs are looked at at the same time. */
const concurrency = 16;

/** A cluster, and the pod from which requests go out; or why there is none. */
interface Prober {
    member: MatrixMember;
    found: Probe | Error;
}

interface Probe {
    cluster: Cluster;
    target: Target;
    /** The pod's address. */
    ip: string;
    /** A client certificate of the pod's identity that another CA issued, and its key, PEM. */
    stranger: string;
}

/**
 * Sends requests and handshakes from the workloads of each cluster to those of each other one. What fails is tried again until the limit; a
 * cluster that does not answer is a fault of its own cells alone.
 */
export async function verifyMatrix(settings: MatrixSettings, signal: AbortSignal): Promise<MatrixReport> {
    const start = Date.now();
    const { clusters, trustDomain, limitSeconds } = settings;
    const patience: Patience = { deadline: start + limitSeconds * 1000, signal };
    const identity = `spiffe://${trustDomain}/ns/${probeNamespace}/sa/${probeName}`;
    const probers = await Promise.all(
        clusters.map((member) => findProber(settings.kubeconfig, member, identity, patience)),
    );
    const pairs = probers.flatMap((from) =>
        probers.filter((to) => to !== from).map((to): [Prober, Prober] => [from, to]),
    );
    const shown = new Map<string, Promise<Shown>>();
    const cells = await pMap(pairs, ([from, to]) => look(from, to, identity, { shown, patience }), {
        concurrency,
        signal,
    });
    const names = clusters.map(({ cluster }) => cluster);
    return matrixReport(names, cells, Date.now() - start);
}

async function look(
    from: Prober,
    to: Prober,
    identity: string,
    { shown, patience }: { shown: Map<string, Promise<Shown>>; patience: Patience },
): Promise<SeenCell> {
    const clusters = { from: from.member.cluster, to: to.member.cluster };
    if (from.found instanceof Error) {
        return judgeCell(clusters, [], from.found.message);
    }
    if (to.found instanceof Error) {
        return judgeCell(clusters, [], to.found.message);
    }
    const { cluster, target } = from.found;
    const pair: Pair = { cluster, target, from: from.member, to: to.member, identity };
    const server = to.found;
    const settled = (name: string, observe: (signal: AbortSignal) => Promise<Check[]>) =>
        settle(name, patience, async ({ signal }) => ({ checks: await observe(signal) }));
    if (pair.from.network === pair.to.network) {
        const direct = { serverIp: server.ip, stranger: server.stranger };
        const observed = await Promise.all([
            settled("handshake", async (signal) =>
                judgeShown(pair, await showDirectly(pair, direct, signal)),
            ),
            settled("request", (signal) => observeRequest(pair, signal)),
        ]);
        return judgeCell(
            clusters,
            observed.flatMap(({ checks }) => checks),
        );
    }
    // What a workload shows through its gateway is the same for all who trust the same roots.
    const key = `${clusters.to} ${pair.from.rootCertPem.map(({ fingerprint }) => fingerprint).join()}`;
    const showing = shown.get(key) ?? showThroughGateway(pair, server, patience);
    shown.set(key, showing);
    const [seen, request] = await Promise.all([
        showing,
        settled("request", (signal) => observeRequest(pair, signal)),
    ]);
    return judgeCell(clusters, [...judgeShown(pair, seen), ...request.checks]);
}

async function showThroughGateway(
    pair: Pair,
    { cluster, stranger }: Probe,
    patience: Patience,
): Promise<Shown> {
    let seen: Shown = { served: [], refusals: [] };
    const { checks } = await settle("handshake", patience, async ({ signal }) => {
        seen = { served: [], refusals: [] };
        const gateway = await Gateway.find(cluster, probeHost(pair.to.cluster), probePort);
        const [handshake, ...refusals] = await Promise.all([
            gateway.shakeHands(pair.from.rootCertPem, signal),
            gateway.refusesStranger(stranger, signal),
            gateway.refusesPlaintext(signal),
        ]);
        seen = { ...handshake, refusals };
        return { checks: judgeShown(pair, seen) };
    });
    return seen.served.length > 0 ? seen : { ...seen, instead: checks[0]?.observed ?? "nothing" };
}

/** The ready pod of a cluster's MeshProbe. */
async function findProber(
    kubeconfig: string | undefined,
    member: MatrixMember,
    identity: string,
    patience: Patience,
): Promise<Prober> {
    const { cluster: name, caCertPem } = member;
    const stranger = await foreignClientPem(identity, caCertPem[0].pem);
    let found: Prober["found"] = new Error(`cluster ${name} was not looked at`);
    await settle(name, patience, async () => {
        found = await findPod(kubeconfig, member)
            .then((probe) => ({ ...probe, stranger }))
            .catch((error: unknown) => new Error(reason(error)));
        return { checks: [{ name, expected: "", observed: "", ok: !(found instanceof Error) }] };
    });
    return { member, found };
}

async function findPod(
    kubeconfig: string | undefined,
    { cluster: name, context }: MatrixMember,
): Promise<Omit<Probe, "stranger">> {
    const cluster = await Cluster.connect(kubeconfig, context);
    const [pod] = await cluster.readyPods(probeNamespace, { app: probeName, cluster: name });
    if (!pod) {
        throw new Error(`no pod of Deployment ${probeNamespace}/${probeName} is ready in cluster ${name}`);
    }
    const target = { namespace: probeNamespace, pod: pod.metadata!.name!, container: probeClient };
    return { cluster, target, ip: pod.status!.podIP! };
}

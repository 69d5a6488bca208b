import pMap from "p-map";
import { Gateway } from "./gatewayHandshake";
import { judgeCell } from "./matrixCause";
import { judgeShown, observeRequest, Pair, readsCheck, showDirectly, Shown } from "./matrixCell";
import type { MatrixSettings } from "./matrixInput";
import { MatrixReport, matrixReport, SeenCell } from "./matrixReport";
import { probeHost, probeName, probeNamespace, probePort } from "./probeNames";
import { findProber, Probe, Prober } from "./prober";
import type { Check } from "./report";
import { Patience, settle } from "./settle";

/** How many pairs are looked at at the same time. */
const concurrency = 16;

/** What is the same for all cells. */
interface Looking {
    /** The SPIFFE identity of all workloads that ask and are asked. */
    identity: string;
    patience: Patience;
    /** What workloads show through their gateways, by who they are and by what whoever asks trusts. */
    shown: Map<string, Promise<Shown>>;
}

/**
 * Sends requests and handshakes from the workloads of each cluster to those of each other one. What fails is tried again until the limit; a
 * cluster that does not answer is a fault of its own cells alone.
 */
export async function verifyMatrix(settings: MatrixSettings, signal: AbortSignal): Promise<MatrixReport> {
    const start = Date.now();
    const { clusters, trustDomain, limitSeconds, kubeconfig } = settings;
    const patience: Patience = { deadline: start + limitSeconds * 1000, signal };
    const identity = `spiffe://${trustDomain}/ns/${probeNamespace}/sa/${probeName}`;
    const looking: Looking = { identity, patience, shown: new Map() };
    const probers = await Promise.all(
        clusters.map((member) => findProber(kubeconfig, member, identity, patience)),
    );
    const pairs = probers.flatMap((from) =>
        probers
            .filter(({ member }) => member.cluster !== from.member.cluster)
            .map((to): [Prober, Prober] => [from, to]),
    );
    const cells = await pMap(pairs, ([from, to]) => look(from, to, looking), { concurrency, signal });
    const names = clusters.map(({ cluster }) => cluster);
    return matrixReport(names, cells, Date.now() - start);
}

async function look(from: Prober, to: Prober, looking: Looking): Promise<SeenCell> {
    const clusters = { from: from.member.cluster, to: to.member.cluster };
    const own = [...from.checks, ...to.checks];
    if (from.found instanceof Error) {
        return judgeCell(clusters, own, from.found.message);
    }
    if (to.found instanceof Error) {
        return judgeCell(clusters, own, to.found.message);
    }
    const { cluster, target, access } = from.found;
    const { identity, patience } = looking;
    const pair: Pair = { cluster, target, from: from.member, to: to.member, identity };
    const server = to.found;
    const settled = async (name: string, observe: (signal: AbortSignal) => Promise<Check[]>) => {
        const { checks } = await settle(name, patience, async ({ signal }) => ({
            checks: await observe(signal),
        }));
        return checks;
    };
    const [seen, reads, request] = await Promise.all([
        pair.from.network === pair.to.network
            ? settledShown(pair, patience, (signal) => showDirectly(pair, server, signal))
            : throughGateway(pair, server, looking),
        settled(readsCheck(clusters), () => access.check(readsCheck(clusters), clusters.to, server.cluster)),
        settled("request", (signal) => observeRequest(pair, signal)),
    ]);
    return judgeCell(clusters, [...own, ...judgeShown(pair, seen), ...reads, ...request]);
}

/** What a workload shows through its gateway is the same for all who trust the same roots. */
function throughGateway(pair: Pair, server: Probe, { shown, patience }: Looking): Promise<Shown> {
    const { from, to } = pair;
    const key = `${to.cluster} ${from.rootCertPem.map(({ fingerprint }) => fingerprint).join()}`;
    const show = async (signal: AbortSignal): Promise<Shown> => {
        const gateway = await Gateway.find(server.cluster, probeHost(to.cluster), probePort);
        const [handshake, ...refusals] = await Promise.all([
            gateway.shakeHands(from.rootCertPem, signal),
            gateway.refusesStranger(server.stranger, signal),
            gateway.refusesPlaintext(signal),
        ]);
        return { ...handshake, refusals };
    };
    const showing = shown.get(key) ?? settledShown(pair, patience, show);
    shown.set(key, showing);
    return showing;
}

/** Repeats it until it is as expected; what was there instead if there was no handshake. */
async function settledShown(
    pair: Pair,
    patience: Patience,
    show: (signal: AbortSignal) => Promise<Shown>,
): Promise<Shown> {
    let seen: Shown = { served: [], refusals: [] };
    const { checks } = await settle("handshake", patience, async ({ signal }) => {
        seen = { served: [], refusals: [] };
        seen = await show(signal);
        return { checks: judgeShown(pair, seen) };
    });
    return seen.served.length > 0 ? seen : { ...seen, instead: checks[0]?.observed ?? "nothing" };
}

import { ApiException, V1Pod } from "@kubernetes/client-node";
import type { CaBundle } from "../pki/caBundle";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { endedSince } from "./ended";
import { Exclusions } from "../kube/exclusions";
import { identity, isReady, uidOf } from "../kube/proxyPods";
import { Look, naming, proxiesCheck, skippedLines } from "./proxyReport";
import { Behind, ProxyRound } from "./proxyRound";
import { Observation } from "./report";
import { proxyPod, Sorted, sortPods } from "../kube/sortedPods";

/** The longest that one proxy may take to answer, seconds. */
const defaultAnswerSeconds = 10;

/** How many times as long all of them have at least, however near the deadline is. */
const shortestRound = 1.5;

/** Called with how many of how many proxies have picked up the CA. */
export type OnProgress = (followed: number, total: number) => void;

/** Which proxies are left out, and who is notified about the others. */
export interface ProxiesOptions {
    /** As for {@link Exclusions}; default: none. */
    exclude?: string[];
    onProgress?: OnProgress;
    /** How long one proxy may take to answer. Default: 10. */
    answerSeconds?: number;
}

/** All proxies of a mesh, sidecars and gateways. A proxy that has picked up the CA is not asked again until its container restarts. */
export class Proxies {
    private readonly exclusions: Exclusions;
    private readonly answerMs: number;

    /** By {@link identity}: whether they serve, as they may, below the previous CA. */
    private followed = new Map<string, boolean>();

    /** Those that did not answer, which are asked last. */
    private unanswered = new Set<string>();

    /** @param expected - each proxy must have picked up one of these */
    constructor(
        private readonly cluster: Cluster,
        private readonly expected: ExpectedCa[],
        private readonly options: ProxiesOptions = {},
    ) {
        this.exclusions = new Exclusions(options.exclude ?? []);
        this.answerMs = (options.answerSeconds ?? defaultAnswerSeconds) * 1000;
    }

    /** Looks once, and judges what it saw as part of a verification. */
    async observe(deadline: number, signal: AbortSignal): Promise<Observation> {
        const look = await this.look(deadline, signal);
        const [expected] = this.expected;
        return {
            checks: [proxiesCheck(look, expected!)],
            skipped: skippedLines(look, this.exclusions, expected!.crls !== undefined),
        };
    }

    /**
     * Asks those that have not been seen to pick up the CA.
     *
     * @param deadline - milliseconds since the epoch; a proxy that was not asked by then counts as lagging behind
     */
    async look(deadline: number, signal: AbortSignal): Promise<Look> {
        const sorted = sortPods(await this.cluster.pods(proxyPod, signal), this.exclusions);
        const present = new Set(sorted.asked.map(identity));
        this.followed = new Map([...this.followed].filter(([key]) => present.has(key)));
        const last = (pod: V1Pod) => (this.unanswered.has(identity(pod)) ? 1 : 0);
        const open = sorted.asked
            .filter((pod) => !this.followed.has(identity(pod)))
            .sort((one, other) => last(one) - last(other));
        const allMs = Math.max(deadline - Date.now(), this.answerMs * shortestRound);
        const round = new ProxyRound(this.cluster, this.expected, { answerMs: this.answerMs, allMs });
        const lagging = await round.ask(open, signal, (pod, before) => {
            this.followed.set(identity(pod), before);
            this.options.onProgress?.(this.followed.size, sorted.asked.length);
        });
        const silent = lagging.filter(({ answers }) => !answers).map(({ pod }) => pod);
        const ended = await endedSince(this.cluster, silent, signal);
        const runs = without([...ended.notAtWork, ...ended.gone]);
        const behind = lagging.filter(({ pod }) => runs(pod));
        this.unanswered = new Set(behind.filter(({ answers }) => !answers).map(({ pod }) => identity(pod)));
        const before = [...this.followed.values()].filter(Boolean).length;
        const running = {
            ...sorted,
            asked: sorted.asked.filter(runs),
            notAtWork: [...sorted.notAtWork, ...ended.notAtWork],
        };
        return { ...(await this.explained(running, behind, signal)), before };
    }

    /** Separates those that lag behind but hold nothing up, and says of the others what Kubernetes knows. */
    private async explained(
        sorted: Sorted,
        behind: Behind[],
        signal: AbortSignal,
    ): Promise<Omit<Look, "before">> {
        const nodes = behind.every(({ answers }) => answers) ? undefined : await this.readyNodes(signal);
        const kinds = behind.map((each) => ({ ...each, kind: kindOf(each, nodes) }));
        const of = (kind: Kind) => kinds.filter((each) => each.kind === kind);
        return {
            ...sorted,
            nodeGone: of("node gone").map(({ pod }) => pod),
            leaving: of("leaving").map(({ pod }) => pod),
            behind: of("behind").map(({ pod, fault, answers }) => {
                const known = answers ? "" : knownOf(pod, nodes);
                return { pod, fault: fault + known, answers };
            }),
        };
    }

    /** Whether each node is ready; undefined if that may not be read. */
    private async readyNodes(signal: AbortSignal): Promise<Nodes> {
        try {
            const nodes = await this.cluster.nodes(signal);
            return new Map(nodes.map((node) => [node.metadata!.name!, isReady(node)]));
        } catch (error) {
            signal.throwIfAborted();
            if (error instanceof ApiException && [401, 403].includes(error.code)) {
                return undefined;
            }
            throw error;
        }
    }
}

/**
 * The proxies of a mesh that have picked up none of these CAs, in words: some of them, each with what it uses.
 *
 * @param bundles - the CA as it was plugged in and as it is to be
 * @param limitSeconds - how long asking all of them may take
 */
export async function proxiesBehind(
    { kubeconfig, context, exclude }: { kubeconfig: string; context: string; exclude: string[] },
    bundles: CaBundle[],
    limitSeconds = 60,
): Promise<string[]> {
    const cluster = await Cluster.connect(kubeconfig, context);
    const expected = bundles.map(({ ca, roots }) => ({ caCert: ca, roots }));
    const proxies = new Proxies(cluster, expected, { exclude });
    const { behind } = await proxies.look(Date.now() + limitSeconds * 1000, new AbortController().signal);
    return naming(behind);
}

/** Whether each node is ready; undefined if nobody may know. */
type Nodes = Map<string, boolean> | undefined;

function without(pods: V1Pod[]): (pod: V1Pod) => boolean {
    const uids = new Set(pods.map(uidOf));
    return (pod) => !uids.has(uidOf(pod));
}

type Kind = "behind" | "node gone" | "leaving";

/** A proxy that does not answer may still run, unless its node is gone, or is ready and about to stop it. */
function kindOf({ pod, answers }: Behind, nodes: Nodes): Kind {
    const node = pod.spec!.nodeName!;
    if (!answers && nodes && !nodes.has(node)) {
        return "node gone";
    }
    const ending = pod.metadata!.deletionTimestamp !== undefined && (answers || nodes?.get(node) === true);
    return ending ? "leaving" : "behind";
}

function knownOf(pod: V1Pod, nodes: Nodes): string {
    const node = pod.spec!.nodeName!;
    return [
        ...(nodes?.get(node) === false ? [`; its node ${node} is not ready`] : []),
        ...(isReady(pod) ? [] : ["; the pod is not ready"]),
    ].join("");
}

import { V1Pod } from "@kubernetes/client-node";
import pMap from "p-map";
import { proxyFollows } from "../pki/changeableTrust";
import { reason } from "../kube/apiError";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { Kubelets } from "./kubelets";
import { followsAtOnce, mountsCrls } from "../kube/proxyPods";
import { proxyFault, readSecrets } from "./proxySecrets";
import { judgingCa } from "./reissue";
import { NoAnswer, within } from "../kube/within";

/** How many proxies are asked at once. */
const concurrency = 50;

/** The time limits of a round, milliseconds. */
export interface RoundLimits {
    /** For one proxy. */
    answerMs: number;
    /** For all of them. */
    allMs: number;
}

/** A proxy that lags behind. */
export interface Behind {
    pod: V1Pod;
    fault: string;
    /** Whether it answered. */
    answers: boolean;
}

/** Asks proxies once, in parallel, each with a time limit of its own. */
export class ProxyRound {
    private readonly kubelets = new Kubelets();

    /** @param expected - each proxy must have picked up one of these */
    constructor(
        private readonly cluster: Cluster,
        private readonly expected: ExpectedCa[],
        private readonly limits: RoundLimits,
    ) {}

    /**
     * Asks these, in this order.
     *
     * @param onFollowed - called for each that has picked up the CA, with whether it serves, as it may, below the previous CA
     * @returns those that lag behind, among them those that were not asked in time
     */
    async ask(
        pods: V1Pod[],
        signal: AbortSignal,
        onFollowed: (pod: V1Pod, before: boolean) => void,
    ): Promise<Behind[]> {
        const late = "did not answer in time";
        const open = new Map(pods.map((pod) => [pod, { pod, fault: late, answers: false }]));
        const askEach = (limited: AbortSignal) =>
            pMap(
                pods,
                async (pod) => {
                    const answer = await this.askOne(pod, limited);
                    if (limited.aborted) {
                        return;
                    }
                    if ("fault" in answer) {
                        open.set(pod, { pod, ...answer });
                    } else {
                        open.delete(pod);
                        onFollowed(pod, answer.before);
                    }
                },
                { concurrency },
            );
        await within(this.limits.allMs, signal, askEach).catch((error: unknown) => {
            if (signal.aborted || !(error instanceof NoAnswer)) {
                throw error;
            }
        });
        return [...open.values()];
    }

    /** A kubelet that hangs is not waited for again with each of its pods. */
    private async askOne(
        pod: V1Pod,
        signal: AbortSignal,
    ): Promise<Omit<Behind, "pod"> | { before: boolean }> {
        const node = pod.spec!.nodeName!;
        if (this.kubelets.hangs(node)) {
            return { fault: `does not answer: neither does the kubelet of its node ${node}`, answers: false };
        }
        const began = Date.now();
        let opened = false;
        const onOpen = () => {
            opened = true;
            this.kubelets.opened(node);
        };
        const { answerMs } = this.limits;
        try {
            const secrets = await within(answerMs, signal, (limited) =>
                readSecrets(this.cluster, pod, limited, onOpen),
            );
            const lists = mountsCrls(pod) ? {} : { crls: [] };
            const faults = this.expected.map((each) => proxyFault(secrets, { ...each, ...lists }));
            return faults.includes(undefined)
                ? { before: this.expected.some((each) => judgingCa(secrets.chain, each) !== each) }
                : { fault: faults[0]! + untold(pod), answers: true };
        } catch (error) {
            if (error instanceof NoAnswer && !opened) {
                this.kubelets.timedOut(node, began);
                const why = `the kubelet of its node ${node} opens no connection to it within ${answerMs / 1000} s`;
                return { fault: `does not answer: ${why}`, answers: false };
            }
            return { fault: `does not answer: ${reason(error)}${untold(pod)}`, answers: false };
        }
    }
}

function untold(pod: V1Pod): string {
    return followsAtOnce(pod)
        ? ""
        : `, and started without ${proxyFollows}: it picks up the CA when it is restarted`;
}

import { V1Pod } from "@kubernetes/client-node";
import { crlConfigMapName } from "../pki/caFiles";
import { ExpectedCa } from "./expectedCa";
import { Exclusions } from "../kube/exclusions";
import { mountsCrls, nameOf, notAtWork } from "../kube/proxyPods";
import type { Behind } from "./proxyRound";
import { Check } from "./report";
import type { Sorted } from "../kube/sortedPods";

/** The result of one look at all proxies of a mesh. */
export interface Look extends Sorted {
    behind: Behind[];
    /** How many of those that have picked up the CA serve, as they may, below the previous one. */
    before: number;
}

/** How many of a long list are named. */
const named = 5;

/** The check that all proxies that are asked have picked up the CA. */
export function proxiesCheck(
    { asked, nodeGone, leaving, behind, before }: Look,
    { caCert, roots, reissue }: ExpectedCa,
): Check {
    const later = reissue ? `, or for ${reissue.minutes} minutes below the previous CA` : "";
    const count = asked.length - nodeGone.length - leaving.length;
    const all = `by all ${count}${before > 0 ? `, of which ${before} still have a certificate of the previous CA` : ""}`;
    const silent = behind.some(({ answers }) => !answers);
    const remedy = silent
        ? "; fix or delete those that do not answer, or leave them out by the setting verificationExclude"
        : "";
    return {
        name: "proxies: trust bundle and CA",
        expected: `${roots.map((each) => each.short).join(", ")} trusted, served below ${caCert.short}${later}`,
        observed: behind.length === 0 ? all : naming(behind).join("; ") + remedy,
        ok: behind.length === 0,
    };
}

/** Some of those that lag behind, each with its fault, of every fault one first; and how many more there are. */
export function naming(behind: Behind[]): string[] {
    const firsts = [...new Map(behind.toReversed().map((each) => [each.fault, each])).values()].reverse();
    const ordered = [...new Set([...firsts, ...behind])].slice(0, named);
    const more = behind.length - ordered.length;
    return [
        ...ordered.map(({ pod, fault }) => `${nameOf(pod)} ${fault}`),
        ...(more > 0 ? [`and ${more} more`] : []),
    ];
}

/** What was not asked, one line for each reason. */
export function skippedLines(look: Look, exclusions: Exclusions, withCrls: boolean): string[] {
    const all = [look.asked, look.excluded, look.notAtWork, look.ztunnels, look.proxyless].flat();
    return [
        ...lines(
            "proxies left out",
            look.excluded,
            (pod) => `by the setting verificationExclude, ${exclusions.of(pod)}, in whatever state they are`,
        ),
        ...exclusions.idle(all).map((text) => `verificationExclude ${text}: matches no pod with a proxy`),
        ...lines(
            "proxies not running",
            look.notAtWork,
            (pod) => `${notAtWork(pod)}; they get the current trust bundle when they start`,
        ),
        ...lines("proxies on nodes that are gone", look.nodeGone, ({ spec }) => `node ${spec!.nodeName}`),
        ...lines("proxies about to go", look.leaving, () => "being deleted, and do not pick up the CA"),
        ...lines("ztunnel", look.ztunnels, () => "not Envoy, so neither it nor the pods behind it are asked"),
        ...lines(
            "proxyless gRPC",
            look.proxyless,
            () => "programs that hold their certificates themselves, so they are not asked",
        ),
        ...(withCrls ? withoutCrls(look.asked) : []),
    ];
}

function lines(subject: string, pods: V1Pod[], why: (pod: V1Pod) => string): string[] {
    const reasons = [...new Set(pods.map(why))];
    return reasons.map((text) => {
        const names = pods
            .filter((pod) => why(pod) === text)
            .map(nameOf)
            .sort();
        const more = names.length > named ? ` and ${names.length - named} more` : "";
        return `${subject}: ${names.length}, ${text}: ${names.slice(0, named).join(", ")}${more}`;
    });
}

/** Named by their apps, because there may be many. */
function withoutCrls(pods: V1Pod[]): string[] {
    const names = pods
        .filter((pod) => !mountsCrls(pod))
        .map(({ metadata }) => `${metadata!.namespace}/${metadata!.labels?.["app"] ?? metadata!.name}`);
    return [...new Set(names)]
        .sort()
        .map(
            (name) =>
                `CRLs of ${name}: it does not mount ConfigMap ${crlConfigMapName}, so it accepts revoked CAs`,
        );
}

import { rootCertFile } from "../pki/caFiles";
import { Certificate } from "../pki/certificate";
import type { Outputs } from "./outputs";
import type { StackPreview } from "./preview";
import { Operation, types } from "./resource";

/** Whether the workloads of one cluster reach those of another after the `up`. */
export interface Link {
    from: string;
    to: string;
    /** What happens to the Secret by which the istiod of `from` reads `to`. */
    operation: Operation;
    /** Whether each trusts the root of the other's CA after the `up`; undefined if the previews do not show it. */
    trust?: boolean;
}

/** The links between every two clusters of a stack that links them, sorted. */
export function linksOf({ resources, after, before }: StackPreview, all: StackPreview[]): Link[] {
    const stackOf = (cluster: string) => (after.links ?? before.links)?.[cluster] ?? cluster;
    const outputsOf = (cluster: string) => all.find(({ stack }) => stack === stackOf(cluster))?.after;
    return resources
        .flatMap(({ type, name, operation }): Link[] => {
            const [, from, to] = /^(.+)-reads-(.+)-secret$/.exec(name) ?? [];
            if (type !== types.secret || from === undefined || to === undefined) {
                return [];
            }
            const trust = trustEachOther(outputsOf(from), outputsOf(to));
            return [{ from, to, operation, ...(trust !== undefined && { trust }) }];
        })
        .sort((one, other) => compare(one.from, other.from) || compare(one.to, other.to));
}

function trustEachOther(one: Outputs | undefined, other: Outputs | undefined): boolean | undefined {
    const [here, there] = [one, other].map((outputs) => outputs?.files && outputs.root && outputs);
    const trusts = (outputs: Outputs, { root }: Outputs) =>
        Certificate.all(outputs.files![rootCertFile]).some(
            ({ fingerprint }) => fingerprint === root!.fingerprint,
        );
    return here && there ? trusts(here, there) && trusts(there, here) : undefined;
}

/** What the changes of links mean for the requests between clusters. */
export function ofLinks(links: Link[]): string[] {
    const groups = Map.groupBy(links, ({ from, operation }) => `${operation} ${from}`);
    return [...groups.values()].flatMap((group) => {
        const { from, operation } = group[0]!;
        const read = group.map(({ to }) => `\`${to}\``).join(", ");
        const text = texts[operation]?.(`\`${from}\``, read);
        return text === undefined ? [] : [text];
    });
}

const texts: Partial<Record<Operation, (holder: string, read: string) => string>> = {
    create: (holder, read) =>
        `${holder} reads ${read}: requests of its workloads reach those of ${read}, too.`,
    update: (holder, read) =>
        `${holder} reads ${read} by another token or at another address. Its workloads keep their endpoints meanwhile.`,
    delete: (holder, read) =>
        `${holder} no longer reads ${read}: its workloads' requests to what runs in ${read} only fail.`,
    replace: (holder, read) =>
        `The Secret by which ${holder} reads ${read} is deleted and created again: in between, its workloads' requests to what runs in ${read} only fail.`,
};

function compare(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}

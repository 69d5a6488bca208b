import { LinkingSettings } from "../config/settings";
import type { CaBundle } from "../pki/caBundle";
import type { MeshIdentity } from "./meshIdentity";
import { once } from "./once";
import {
    ClusterOutputs,
    LastOutputs,
    Multicluster,
    pluggedBundle,
    stackOutputs,
    TokenFacts,
} from "./outputs";
import { Refused } from "./refusal";

/** What the stack of a cluster exports, as far as links depend on it. */
export interface MemberOutputs {
    stack: string;
    /** Undefined until a CA is plugged in. */
    bundle: CaBundle | undefined;
    /** Whether the mesh migrates from another CA at the moment. */
    migrates: boolean;
    /** Undefined without a mesh. */
    identity: MeshIdentity | undefined;
    /** Undefined if the mesh is of this cluster alone. */
    multicluster: Multicluster | undefined;
}

/** A cluster of the mesh, whose stack is ready to be linked. */
export interface Member {
    stack: string;
    /** Its name in Istio. */
    cluster: string;
    bundle: CaBundle;
    multicluster: Multicluster;
    uid: string;
    context: string;
    /** The URL by which the other clusters reach its API server. */
    server: string;
}

/** What an `up` of a stack of role mesh is about to change: what is asked, what its last `up` left, and what the clusters' stacks export. */
export class LinkChange {
    constructor(
        readonly settings: LinkingSettings,
        readonly last: Pick<LastOutputs, "links">,
    ) {}

    readonly outputs = once(() => readMembers(this.settings.clusters));

    /** The clusters whose stacks are ready. */
    readonly members = once(async (): Promise<Member[]> => {
        const { contexts, apiServers } = this.settings;
        return (await this.outputs()).flatMap(({ stack, bundle, identity, multicluster }) =>
            bundle && identity && multicluster
                ? [
                      {
                          stack,
                          cluster: identity.cluster,
                          bundle,
                          multicluster,
                          uid: identity.uid,
                          context: contexts[stack] ?? identity.context,
                          server: apiServers[stack] ?? identity.server ?? "",
                      },
                  ]
                : [],
        );
    });

    /** The number of the token that a cluster is to be read by: in the second half of its life, the next one. */
    tokenNumber(cluster: string, now = new Date()): number {
        const token = this.last.links?.[cluster]?.token;
        return token === undefined ? 1 : token.number + (new Date(token.renewFrom) <= now ? 1 : 0);
    }
}

/** An `up` in the second half of a token's life renews it. */
export function tokenFacts(number: number, expires: string, before: TokenFacts | undefined): TokenFacts {
    if (before?.number === number && before.expires === expires) {
        return before;
    }
    const middle = (Date.now() + new Date(expires).getTime()) / 2;
    return { number, expires, renewFrom: new Date(middle).toISOString() };
}

/** Each pair of clusters, in both directions. */
export function ordered<T>(members: T[]): [T, T][] {
    return members.flatMap((one) =>
        members.filter((other) => other !== one).map((other): [T, T] => [one, other]),
    );
}

/** Each pair of clusters, once. */
export function pairs<T>(members: T[]): [T, T][] {
    return members.flatMap((one, index) => members.slice(index + 1).map((other): [T, T] => [one, other]));
}

/** @throws Refused naming every stack that is missing. */
async function readMembers(stacks: string[]): Promise<MemberOutputs[]> {
    const settled = await Promise.allSettled(stacks.map(readMember));
    const reasons = settled.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    const refusals = reasons.flatMap((reason) => {
        if (!(reason instanceof Refused)) {
            throw reason;
        }
        return reason.refusals;
    });
    if (refusals.length > 0) {
        throw new Refused(refusals);
    }
    return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

async function readMember(stack: string): Promise<MemberOutputs> {
    const outputs = stackOutputs<ClusterOutputs>(stack);
    const [files, identity, multicluster, previousCa] = await Promise.all([
        outputs("files"),
        outputs("mesh"),
        outputs("multicluster"),
        outputs("previousCa"),
    ]);
    return {
        stack,
        bundle: pluggedBundle(files),
        migrates: previousCa !== undefined,
        identity,
        multicluster,
    };
}

import * as pulumi from "@pulumi/pulumi";

/** The ids of all refusals. They do not change; each has a section in docs/refusals.md, in this order. */
export const refusalIds = [
    ...["role-changed", "cluster-renamed", "mesh-dropped", "istio-not-adopted", "istio-owner-changed"],
    ...["stack-missing", "certificate-withdrawn", "key-mismatch", "generation-gone", "reissue-too-slow"],
    ...["other-cluster", "cluster-unreadable", "monitoring-missing"],
    ...["ca-breaks-rules", "previous-ca-missing", "previous-ca-kept", "not-valid-yet"],
    ...["root-still-used", "root-not-trusted", "ambient-mesh", "istio-missing", "live-mesh"],
    ...["cacerts-is-tls", "istio-flags-missing", "proxies-lag", "peers-reject", "state-outdated"],
    ...["request-refused", "crls-switched-off", "crl-missing", "revoked-unknown", "revoked-in-use"],
    ...["key-revoked", "root-remade", "certificate-unusable", "ca-expires-soon"],
    ...["member-not-ready", "members-collide", "members-differ", "members-reject", "gateway-missing"],
    ...["api-server-local", "network-label-missing"],
] as const;
export type RefusalId = (typeof refusalIds)[number];

/** Why an `up` is refused. */
export interface Refusal {
    id: RefusalId;
    /** What was found and what it would break, as sentences; never a secret. */
    found: string;
    /** What to do, as sentences. */
    remedy: string;
}

/** An `up`, or its preview, that is refused. Its message shows every refusal. */
export class Refused extends pulumi.RunError {
    /** @param unchanged - what was left as it is */
    constructor(
        readonly refusals: Refusal[],
        unchanged = "Nothing was changed.",
    ) {
        super([`This \`up\` is refused. ${unchanged}`, ...refusals.map(formatted)].join("\n"));
    }
}

/** Where the pages explain a refusal. */
export function explained(id: RefusalId): string {
    return `See docs/refusals.md#${id}`;
}

function formatted({ id, found, remedy }: Refusal): string {
    return `${id}: ${found}\n    ${remedy}\n    ${explained(id)}`;
}

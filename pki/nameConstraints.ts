import { GeneralSubtrees, NameConstraints } from "@peculiar/asn1-x509";

/** Names of one kind that a name constraint permits and excludes; undefined: says nothing of it. */
export interface Constraints {
    permitted: string[] | undefined;
    excluded: string[];
}

/** The name constraints of a certificate (RFC 5280, 4.2.1.10), by the kinds that a mesh has. */
export type NamesConstrained = Record<"dNSName" | "uniformResourceIdentifier", Constraints>;

/** A certificate that may constrain names. */
export interface Constrained {
    name: string;
    constraints: NamesConstrained;
}

/** An intermediate's SAN is istiod's DNS name, a workload's is a URI. */
const kinds = [
    { type: "dns", kind: "dNSName", permits: domainPermits },
    { type: "url", kind: "uniformResourceIdentifier", permits: uriPermits },
] as const;

/** What an extension says; null: there is none. */
export function namesConstrained(constraints: NameConstraints | null): NamesConstrained {
    const of = (kind: "dNSName" | "uniformResourceIdentifier"): Constraints => {
        const names = (subtrees: GeneralSubtrees | undefined) =>
            (subtrees ?? []).flatMap(({ base }) => base[kind] ?? []);
        const permitted = names(constraints?.permittedSubtrees);
        return {
            permitted: permitted.length > 0 ? permitted : undefined,
            excluded: names(constraints?.excludedSubtrees),
        };
    };
    return { dNSName: of("dNSName"), uniformResourceIdentifier: of("uniformResourceIdentifier") };
}

/** Why the name constraints of these issuers refuse names below them; undefined if they do not. */
export function namesFault(
    issuers: Constrained[],
    names: readonly { type: string; value: string }[],
): string | undefined {
    for (const issuer of issuers) {
        for (const { type, kind, permits } of kinds) {
            const { permitted, excluded } = issuer.constraints[kind];
            const refused = names.find(
                ({ type: found, value }) =>
                    found === type &&
                    (excluded.some((each) => permits(each, value)) ||
                        permitted?.some((each) => permits(each, value)) === false),
            );
            if (refused) {
                return `the name constraints of ${issuer.name} do not permit ${refused.value}`;
            }
        }
    }
    return undefined;
}

/** Whether a name is the domain or below it; below only, for a leading period. */
function domainPermits(domain: string, name: string): boolean {
    return domain === "" || name === domain || name.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

/** RFC 5280, 4.2.1.10: a URI's host is the one named; of a leading period it is below. */
function uriPermits(constraint: string, uri: string): boolean {
    const host = URL.canParse(uri) ? new URL(uri).host : "";
    return constraint.startsWith(".") ? host.endsWith(constraint) : host === constraint;
}

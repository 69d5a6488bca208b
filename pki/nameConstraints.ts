import { content, elements, sequence } from "./der";

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
    extensions: { constraints: NamesConstrained };
}

/** An intermediate's SAN is istiod's DNS name, a workload's is a URI. */
const kinds = [
    { type: "dns", kind: "dNSName", permits: domainPermits },
    { type: "url", kind: "uniformResourceIdentifier", permits: uriPermits },
] as const;

/** The tags of permittedSubtrees and excludedSubtrees, and of the kinds of names. */
const permittedSubtrees = 0xa0;
const excludedSubtrees = 0xa1;
const tags = { dNSName: 0x82, uniformResourceIdentifier: 0x86 };

/** What an extension says; undefined: there is none. @throws Error if it is not strict DER. */
export function namesConstrained(extension: Buffer | undefined): NamesConstrained {
    const parts = extension ? sequence(extension) : [];
    const bases = (subtrees: number) =>
        parts
            .filter(([tag]) => tag === subtrees)
            .flatMap((each) => elements(each).map((subtree) => sequence(subtree)[0]!));
    const of = (kind: keyof typeof tags): Constraints => {
        const names = (subtrees: number) =>
            bases(subtrees)
                .filter(([tag]) => tag === tags[kind])
                .map((base) => content(base, tags[kind]).toString("latin1"));
        const permitted = names(permittedSubtrees);
        return {
            permitted: permitted.length > 0 ? permitted : undefined,
            excluded: names(excludedSubtrees),
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
            const { permitted, excluded } = issuer.extensions.constraints[kind];
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

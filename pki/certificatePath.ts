import { Certificate } from "./certificate";

/** How many issuers are looked at in all; Go gives up after as many signatures. */
const maxIssuers = 100;

/**
 * The path from a certificate through the intermediates to a root; empty if there is none.
 *
 * @param link - which issuer counts: by name and signature, as Go has it, or as OpenSSL and Envoy see it. Default: as Go
 */
export function chainTo<T extends Certificate>(
    certificate: T,
    roots: readonly T[],
    intermediates: readonly T[],
    link: "signedBy" | "issuedBy" = "signedBy",
): T[] {
    if (roots.some((root) => root.equals(certificate))) {
        return [certificate];
    }
    for (const path of issuerPaths(certificate, roots, intermediates)) {
        if (path.every((each, depth) => depth === 0 || path[depth - 1]![link](each))) {
            return path;
        }
    }
    return [];
}

/** The paths from a certificate to a root, by names alone, the shortest first. */
export function issuerPaths<T extends Certificate>(
    certificate: T,
    roots: readonly T[],
    intermediates: readonly T[],
): Generator<T[]> {
    return longer([certificate], roots, intermediates, { left: maxIssuers });
}

function* longer<T extends Certificate>(
    path: T[],
    roots: readonly T[],
    intermediates: readonly T[],
    budget: { left: number },
): Generator<T[]> {
    const mayIssue = (issuer: T) =>
        path.at(-1)!.namesIssuer(issuer) &&
        !path.some((each) => sameSubjectAndKey(each, issuer)) &&
        budget.left-- > 0;
    for (const root of roots.filter(mayIssue)) {
        yield [...path, root];
    }
    for (const issuer of intermediates.filter(mayIssue)) {
        yield* longer([...path, issuer], roots, intermediates, budget);
    }
}

function sameSubjectAndKey(one: Certificate, other: Certificate): boolean {
    return one.sharesSubject(other) && one.publicKey.equals(other.publicKey);
}

import { CaCertificate, clientAuth, serverAuth } from "./caCertificate";
import { namesFault } from "./nameConstraints";

/** A signature by these is refused by Go's crypto/x509 and by BoringSSL. */
const brokenHashes = ["MD5", "SHA-1"];

/**
 * Why a certificate does not verify, at a moment, to any of the roots through the pool of intermediates, as Go's
 * crypto/x509 (verify.go) has it, which istiod uses; undefined if it does. The pool's order does not matter.
 *
 * Of several ways that fail the reason of the last one is told.
 */
export function verificationFault(
    certificate: CaCertificate,
    roots: CaCertificate[],
    intermediates: CaCertificate[],
    now: Date,
): string | undefined {
    const own = certificateFault(certificate, now);
    if (own) {
        return own;
    }
    if (roots.some((root) => root.equals(certificate))) {
        return certificate.allows(serverAuth) ? undefined : usageFault(certificate);
    }
    let reason = `its issuer, ${certificate.issuer}, is not among the certificates given`;
    const search = (chain: CaCertificate[]): boolean => {
        const last = chain.at(-1)!;
        const candidates = [
            ...roots.map((issuer) => ({ issuer, root: true })),
            ...intermediates.map((issuer) => ({ issuer, root: false })),
        ];
        return candidates.some(({ issuer, root }) => {
            if (last.issuer !== issuer.subject || chain.some((each) => sameSubjectAndKey(each, issuer))) {
                return false;
            }
            const fault =
                signingFault(last, issuer) ??
                certificateFault(issuer, now) ??
                pathFault(issuer, chain, root) ??
                (root ? chainFault([...chain, issuer]) : undefined);
            reason = fault ?? reason;
            return fault === undefined && (root || search([...chain, issuer]));
        });
    };
    return search([certificate]) ? undefined : reason;
}

/**
 * Why a workload certificate that this CA signs would be refused by its peers although istiod takes the CA; undefined
 * if it would not. `chain` leads from the CA to a root.
 */
export function workloadFault(chain: CaCertificate[], spiffeId: string): string | undefined {
    const lacking = chain.find((issuer) => !issuer.allows(clientAuth));
    const tooShort = chain.find((issuer, depth) => (issuer.basicConstraints?.pathLength ?? depth) < depth);
    const silent = chain.find((issuer) => !issuer.maySign);
    const [ca] = chain;
    return (
        (lacking && usageFault(lacking, "clientAuth")) ??
        (tooShort && pathLengthFault(tooShort)) ??
        (silent && keyUsageFault(silent)) ??
        (ca && namesFault(chain, [{ type: "url", value: spiffeId }]))
    );
}

/** The way from a certificate to a root through the pool, by names and signatures alone; empty if there is none. */
export function chainTo(
    certificate: CaCertificate,
    roots: CaCertificate[],
    intermediates: CaCertificate[],
): CaCertificate[] {
    const search = (chain: CaCertificate[]): CaCertificate[] => {
        const last = chain.at(-1)!;
        if (roots.some((root) => root.equals(last))) {
            return chain;
        }
        const root = roots.find((each) => last.issuedBy(each));
        if (root) {
            return [...chain, root];
        }
        return intermediates
            .filter((each) => last.issuedBy(each) && !chain.some((other) => sameSubjectAndKey(each, other)))
            .reduce<CaCertificate[]>(
                (found, each) => (found.length > 0 ? found : search([...chain, each])),
                [],
            );
    };
    return search([certificate]);
}

function certificateFault(certificate: CaCertificate, now: Date): string | undefined {
    const [unknown] = certificate.unknownCritical;
    if (unknown) {
        return `${certificate.name} has the critical extension ${unknown}, which Go does not know`;
    }
    if (now < certificate.notBefore) {
        return `${certificate.name} is not valid before ${certificate.notBefore.toISOString()}`;
    }
    return now > certificate.notAfter
        ? `${certificate.name} expired at ${certificate.notAfter.toISOString()}`
        : undefined;
}

function signingFault(certificate: CaCertificate, issuer: CaCertificate): string | undefined {
    const { basicConstraints, version } = issuer;
    if (basicConstraints ? !basicConstraints.ca : version === 3) {
        return `its issuer, ${issuer.name}, is not a CA`;
    }
    if (!issuer.maySign) {
        return keyUsageFault(issuer);
    }
    if (brokenHashes.includes(certificate.signatureHash ?? "")) {
        return `${certificate.name} is signed with ${certificate.signatureHash}, which is no longer accepted`;
    }
    return certificate.issuedBy(issuer)
        ? undefined
        : `${certificate.name} names ${issuer.name} as its issuer, but was signed by another key`;
}

function pathFault(issuer: CaCertificate, below: CaCertificate[], root: boolean): string | undefined {
    if (!root && !issuer.isCa) {
        return `its issuer, ${issuer.name}, is not a CA`;
    }
    const pathLength = issuer.basicConstraints?.pathLength;
    return pathLength !== undefined && below.length - 1 > pathLength ? pathLengthFault(issuer) : undefined;
}

function chainFault(chain: CaCertificate[]): string | undefined {
    const lacking = chain.find((each) => !each.allows(serverAuth));
    if (lacking) {
        return usageFault(lacking);
    }
    for (const [depth, certificate] of chain.entries()) {
        const fault = namesFault(chain.slice(depth + 1), certificate.names);
        if (fault) {
            return fault;
        }
    }
    return undefined;
}

function sameSubjectAndKey(one: CaCertificate, other: CaCertificate): boolean {
    return one.subject === other.subject && one.publicKey.equals(other.publicKey);
}

function usageFault(certificate: CaCertificate, usage = "serverAuth"): string {
    return `the extended key usage of ${certificate.name} lacks ${usage}`;
}

function keyUsageFault(certificate: CaCertificate): string {
    return `the key usage of ${certificate.name} lacks keyCertSign`;
}

function pathLengthFault(certificate: CaCertificate): string {
    return `the path length ${certificate.basicConstraints?.pathLength} of ${certificate.name} is too short`;
}

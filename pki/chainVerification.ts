import { CaCertificate } from "./caCertificate";
import { issuerPaths } from "./certificatePath";
import { clientAuth, serverAuth } from "./extendedKeyUsage";
import { namesFault } from "./nameConstraints";
import { brokenHashes } from "./signatureHash";

/**
 * Why a certificate does not verify, at a moment, to any of the roots through the pool of intermediates, as Go's
 * crypto/x509 (verify.go) has it, which istiod uses; undefined if it does. The pool's order does not matter.
 *
 * Of several paths that fail, the reason of the last one is returned.
 */
export function verificationFault(
    certificate: CaCertificate,
    roots: readonly CaCertificate[],
    intermediates: readonly CaCertificate[],
    now: Date,
): string | undefined {
    const own = certificateFault(certificate, now);
    if (own) {
        return own;
    }
    if (roots.some((root) => root.equals(certificate))) {
        return certificate.allows(serverAuth) ? undefined : usageFault(certificate);
    }
    let reason = issuerMissing(certificate, [...roots, ...intermediates]);
    for (const chain of issuerPaths(certificate, roots, intermediates)) {
        const fault = chainFault(chain, now);
        if (fault === undefined) {
            return undefined;
        }
        reason = fault;
    }
    return reason;
}

/**
 * Why a workload certificate that this CA signs would be rejected by its peers although istiod accepts the CA; undefined
 * if it would not. `chain` leads from the CA to a root.
 */
export function workloadFault(chain: CaCertificate[], spiffeId: string): string | undefined {
    const lacking = chain.find((issuer) => !issuer.allows(clientAuth));
    const tooShort = chain.find(
        (issuer, depth) => (issuer.extensions.basicConstraints?.pathLength ?? depth) < depth,
    );
    const silent = chain.find((issuer) => !issuer.maySign);
    const [ca] = chain;
    return (
        (lacking && usageFault(lacking, "clientAuth")) ??
        (tooShort && pathLengthFault(tooShort)) ??
        (silent && keyUsageFault(silent)) ??
        (ca && namesFault(chain, [{ type: "url", value: spiffeId }]))
    );
}

/** What is wrong on a path to a root, from below. */
function chainFault(chain: CaCertificate[], now: Date): string | undefined {
    for (const [index, issuer] of chain.slice(1).entries()) {
        const fault =
            signingFault(chain[index]!, issuer) ??
            certificateFault(issuer, now) ??
            pathFault(issuer, index, index + 2 === chain.length);
        if (fault) {
            return fault;
        }
    }
    const lacking = chain.find((each) => !each.allows(serverAuth));
    if (lacking) {
        return usageFault(lacking);
    }
    return chain
        .map(({ extensions }, depth) => namesFault(chain.slice(depth + 1), extensions.names))
        .find((fault) => fault !== undefined);
}

function issuerMissing({ issuer }: CaCertificate, given: CaCertificate[]): string {
    const alike = given.some(({ subject }) => subject === issuer)
        ? ": the one of that name writes it in other bytes, such as a PrintableString for a UTF8String, and Go compares bytes"
        : "";
    return `its issuer, ${issuer}, is not among the certificates given${alike}`;
}

function certificateFault(certificate: CaCertificate, now: Date): string | undefined {
    const [unknown] = certificate.extensions.unknownCritical;
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
    const { basicConstraints } = issuer.extensions;
    if (basicConstraints ? !basicConstraints.ca : issuer.version === 3) {
        return `its issuer, ${issuer.name}, is not a CA`;
    }
    if (!issuer.maySign) {
        return keyUsageFault(issuer);
    }
    if (brokenHashes.includes(String(certificate.signatureHash))) {
        return `${certificate.name} is signed with ${certificate.signatureHash}, which is no longer accepted`;
    }
    return certificate.signedBy(issuer)
        ? undefined
        : `${certificate.name} names ${issuer.name} as its issuer, but was signed by another key`;
}

/** @param below - how many CAs are between the issuer and the certificate in question */
function pathFault(issuer: CaCertificate, below: number, root: boolean): string | undefined {
    if (!root && !issuer.isCa) {
        return `its issuer, ${issuer.name}, is not a CA`;
    }
    return (issuer.extensions.basicConstraints?.pathLength ?? below) < below
        ? pathLengthFault(issuer)
        : undefined;
}

function usageFault(certificate: CaCertificate, usage = "serverAuth"): string {
    return `the extended key usage of ${certificate.name} lacks ${usage}`;
}

function keyUsageFault(certificate: CaCertificate): string {
    return `the key usage of ${certificate.name} lacks keyCertSign`;
}

function pathLengthFault(certificate: CaCertificate): string {
    return `the path length ${certificate.extensions.basicConstraints?.pathLength} of ${certificate.name} is too short`;
}

import { clientAuth, serverAuth } from "../pki/extendedKeyUsage";
import { Certificate, withoutRepetitions } from "../pki/certificate";
import { chainTo } from "../pki/certificatePath";
import { ExpectedCa } from "./expectedCa";
import { findLeaf } from "./leaf";
import { clockSkewGracePeriodMs, judgingCa } from "./reissue";
import { Check, same } from "./report";

const usageNames: Record<string, string> = { [serverAuth]: "serverAuth", [clientAuth]: "clientAuth" };

/** A workload that serves certificates. */
export interface WorkloadIdentity {
    name: string;
    /** Its identity, `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
    spiffeId: string;
}

/**
 * Judges the certificates that a workload served: who issued whom is found by signatures, names and key identifiers;
 * their order and repetitions do not matter.
 *
 * @param workload - the checks' names begin with its name
 * @param served - what came in the handshake
 */
export function chainChecks(
    { name: workload, spiffeId }: WorkloadIdentity,
    served: Certificate[],
    expected: ExpectedCa,
    now = new Date(),
): Check[] {
    const certificates = withoutRepetitions(served);
    const leaf = findLeaf(certificates);
    if (!leaf) {
        const observed = `${certificates.length} certificates, not one leaf among them`;
        return [{ name: `${workload}: chain`, expected: "a leaf certificate", observed, ok: false }];
    }
    const path = servedPath(leaf, certificates);
    const judging = judgingCa(certificates, expected, now);
    return [
        pathCheck(`${workload}: chain`, path, certificates, { ...judging, ownRoots: expected.ownRoots }),
        rootCheck(`${workload}: root = root-cert.pem`, path, expected),
        caCheck(`${workload}: CA = ca-cert.pem`, path, expected, judging),
        same(`${workload}: SPIFFE identity`, `URI:${spiffeId}`, leaf.node.subjectAltName ?? "none"),
        usageCheck(`${workload}: extended key usage`, leaf),
        lifetimeCheck(`${workload}: lifetime within the CA's`, leaf, judging.caCert, now),
    ];
}

/** From the leaf to a root that is served, or as far as what is served leads. */
function servedPath(leaf: Certificate, served: Certificate[]): Certificate[] {
    const roots = served.filter((each) => each.issuedBy(each));
    const path = chainTo(leaf, roots, served, "issuedBy");
    const issuers = served.filter((each) => leaf.issuedBy(each));
    return path.length > 0 ? path : [leaf, ...issuers.slice(0, 1)];
}

function pathCheck(
    name: string,
    path: Certificate[],
    served: Certificate[],
    { caCert, roots, ownRoots = [] }: ExpectedCa,
): Check {
    const allowed = [...path, ...roots, ...ownRoots];
    const strangers = served.filter((each) => !allowed.some((known) => known.equals(each)));
    const observed = [
        ["leaf", ...path.slice(1).map(label)].join(" <- "),
        ...strangers.map((each) => `in addition ${label(each)}`),
    ].join("; ");
    const ends =
        path[1] !== undefined && path[1].equals(caCert) && roots.some((root) => root.equals(path.at(-1)!));
    const expected = `leaf <- ${label(caCert)} <- ${roots.map(label).join(" or ")}`;
    return { name, expected, observed, ok: ends && strangers.length === 0 };
}

function rootCheck(name: string, path: Certificate[], { roots }: ExpectedCa): Check {
    const root = path.find((each) => each.issuedBy(each));
    return {
        name,
        expected: roots.map((each) => each.short).join(" or "),
        observed: root ? root.short : "no root served",
        ok: root !== undefined && roots.some((each) => each.equals(root)),
    };
}

function caCheck(
    name: string,
    [leaf, issuer]: Certificate[],
    { caCert }: ExpectedCa,
    judging: ExpectedCa,
): Check {
    const before = judging.caCert.equals(caCert) ? "" : `, until it asks again ${judging.caCert.short}`;
    return {
        name,
        expected: caCert.short + before,
        observed: issuer ? issuer.short : `none served; the leaf's issuer is ${leaf!.issuer}`,
        ok: issuer !== undefined && issuer.equals(judging.caCert),
    };
}

function usageCheck(name: string, leaf: Certificate): Check {
    // Unlike its type says, it is undefined if the extension is missing.
    const usages = (leaf.node.keyUsage as string[] | undefined) ?? [];
    return {
        name,
        expected: "serverAuth, clientAuth",
        observed: usages.map((each) => usageNames[each] ?? each).join(", ") || "none",
        ok: [serverAuth, clientAuth].every((each) => usages.includes(each)),
    };
}

function lifetimeCheck(name: string, leaf: Certificate, caCert: Certificate, now: Date): Check {
    const from = leaf.notBefore.getTime();
    const to = leaf.notAfter.getTime();
    const nested =
        from >= caCert.notBefore.getTime() - clockSkewGracePeriodMs && to <= caCert.notAfter.getTime();
    return {
        name,
        expected: `valid now, ${lifetime(caCert)}`,
        observed: lifetime(leaf),
        ok: nested && from <= now.getTime() && now.getTime() <= to,
    };
}

function lifetime({ notBefore, notAfter }: Certificate): string {
    return [notBefore, notAfter].map((date) => date.toISOString().slice(0, 16) + "Z").join(" to ");
}

function label(certificate: Certificate): string {
    const commonName = /^CN=(.*)$/m.exec(certificate.node.subject)?.[1];
    return `${commonName ?? certificate.subject} (${certificate.short})`;
}

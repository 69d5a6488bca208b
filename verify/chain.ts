import { X509Certificate } from "node:crypto";
import { fingerprint } from "../pki/certificates";
import { Crl } from "../pki/crl";
import { equal, findLeaf, issuedBy, issuerPath, short } from "../pki/certificatePath";
import { clockSkewGracePeriodMs, judgingCa, Reissue } from "./reissue";
import { Check, same } from "./report";

/** The CA that must have signed a workload's certificate. */
export interface ExpectedCa {
    caCert: X509Certificate;
    /** One root; several while roots rotate. */
    roots: X509Certificate[];
    /** Whether leaves of the CA before may still be served; default: none may. */
    reissue?: Reissue;
    /** The lists of revoked certificates; none where nobody uses any. */
    crls?: Crl[];
}

const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";
const usageNames: Record<string, string> = { [serverAuth]: "serverAuth", [clientAuth]: "clientAuth" };

/**
 * Judges the certificates that a workload served: who issued whom is found by signatures, names and key identifiers;
 * their order and repetitions do not matter.
 *
 * @param workload - its name, the checks' names begin with it
 * @param served - what came in the handshake
 * @param spiffeId - the workload's identity, `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`
 */
export function chainChecks(
    workload: string,
    served: X509Certificate[],
    expected: ExpectedCa,
    spiffeId: string,
    now = new Date(),
): Check[] {
    const certificates = [...new Map(served.map((each) => [fingerprint(each), each])).values()];
    const leaf = findLeaf(certificates);
    if (!leaf) {
        const observed = `${certificates.length} certificates, not one leaf among them`;
        return [{ name: `${workload}: chain`, expected: "a leaf certificate", observed, ok: false }];
    }
    const path = issuerPath(leaf, certificates);
    const judging = judgingCa(certificates, expected, now);
    return [
        pathCheck(`${workload}: chain`, path, certificates, judging),
        rootCheck(`${workload}: root = root-cert.pem`, path, expected),
        caCheck(`${workload}: CA = ca-cert.pem`, path, expected, judging),
        same(`${workload}: SPIFFE identity`, `URI:${spiffeId}`, leaf.subjectAltName ?? "none"),
        usageCheck(`${workload}: extended key usage`, leaf),
        lifetimeCheck(`${workload}: lifetime within the CA's`, leaf, judging.caCert, now),
    ];
}

function pathCheck(
    name: string,
    path: X509Certificate[],
    served: X509Certificate[],
    { caCert, roots }: ExpectedCa,
): Check {
    const strangers = served.filter((each) => ![...path, ...roots].some((known) => equal(known, each)));
    const observed = [
        ["leaf", ...path.slice(1).map(label)].join(" <- "),
        ...strangers.map((each) => `beside it ${label(each)}`),
    ].join("; ");
    const ends =
        path[1] !== undefined && equal(path[1], caCert) && roots.some((root) => equal(root, path.at(-1)!));
    const expected = `leaf <- ${label(caCert)} <- ${roots.map(label).join(" or ")}`;
    return { name, expected, observed, ok: ends && strangers.length === 0 };
}

function rootCheck(name: string, path: X509Certificate[], { roots }: ExpectedCa): Check {
    const root = path.find((each) => issuedBy(each, each));
    return {
        name,
        expected: roots.map(short).join(" or "),
        observed: root ? short(root) : "no root served",
        ok: root !== undefined && roots.some((each) => equal(each, root)),
    };
}

function caCheck(
    name: string,
    [leaf, issuer]: X509Certificate[],
    { caCert }: ExpectedCa,
    judging: ExpectedCa,
): Check {
    const before = equal(judging.caCert, caCert) ? "" : `, until it asks again ${short(judging.caCert)}`;
    return {
        name,
        expected: short(caCert) + before,
        observed: issuer ? short(issuer) : `none served; the leaf's issuer is ${oneLine(leaf!.issuer)}`,
        ok: issuer !== undefined && equal(issuer, judging.caCert),
    };
}

function usageCheck(name: string, leaf: X509Certificate): Check {
    // Not in the types' way of saying it: undefined where the extension is missing.
    const usages = (leaf.keyUsage as string[] | undefined) ?? [];
    return {
        name,
        expected: "serverAuth, clientAuth",
        observed: usages.map((each) => usageNames[each] ?? each).join(", ") || "none",
        ok: [serverAuth, clientAuth].every((each) => usages.includes(each)),
    };
}

function lifetimeCheck(name: string, leaf: X509Certificate, caCert: X509Certificate, now: Date): Check {
    const from = leaf.validFromDate.getTime();
    const to = leaf.validToDate.getTime();
    const nested =
        from >= caCert.validFromDate.getTime() - clockSkewGracePeriodMs && to <= caCert.validToDate.getTime();
    return {
        name,
        expected: `valid now, ${lifetime(caCert)}`,
        observed: lifetime(leaf),
        ok: nested && from <= now.getTime() && now.getTime() <= to,
    };
}

function lifetime({ validFromDate, validToDate }: X509Certificate): string {
    return [validFromDate, validToDate].map((date) => date.toISOString().slice(0, 16) + "Z").join(" to ");
}

function label(certificate: X509Certificate): string {
    const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
    return `${commonName ?? oneLine(certificate.subject)} (${short(certificate)})`;
}

function oneLine(name: string): string {
    return name.replaceAll("\n", ", ");
}

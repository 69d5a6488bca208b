import { Certificate } from "../pki/certificate";
import { chainChecks, WorkloadIdentity } from "./chain";
import { ExpectedCa } from "./expectedCa";
import { findLeaf } from "./leaf";
import { next, probe, Transfer } from "./curl";
import { ProbePod } from "./probePod";
import { Check, same } from "./report";

/** What a workload served to a TLS client that has no certificate. */
export interface ServedChain {
    checks: Check[];
    leaf: Certificate | undefined;
    /** What happened to the connection after the handshake. */
    transfer: Transfer;
}

/**
 * Judges the certificates that a workload serves, over two TLS connections: one that verifies nothing and so shows
 * whatever is served, and one whose only anchor is the root, so that OpenSSL takes all that is served as untrusted.
 */
export async function observeChain(
    pod: ProbePod,
    url: string,
    workload: WorkloadIdentity,
    expected: ExpectedCa,
): Promise<ServedChain> {
    const roots = expected.roots.map((root) => root.pem).join("");
    const [unverified, verified] = await pod.curl(
        (rootCert) => [...probe(url, "--insecure"), next, ...probe(url, "--cacert", rootCert)],
        { name: `${workload.name}-root-cert.pem`, content: roots },
    );
    const served = Certificate.strictly(unverified!.certs);
    const checks = [...chainChecks(workload, served, expected), verifyCheck(workload.name, verified!)];
    return { checks, leaf: findLeaf(served), transfer: unverified! };
}

/**
 * curl ends such a connection (60) in either case, because a workload's certificate names no host. It has seen the
 * certificates if, before that, the handshake was completed, which OpenSSL does only with a chain that verifies.
 */
export function verifyCheck(workload: string, { exitcode, errormsg, certs }: Transfer): Check {
    const verified = exitcode === peerNotVerified && certs !== "";
    const observed = verified ? trusted : `${errormsg} (curl ${exitcode})`;
    return same(`${workload}: verifies with the root alone`, trusted, observed);
}

const peerNotVerified = 60;
export const trusted = "trusted by OpenSSL";

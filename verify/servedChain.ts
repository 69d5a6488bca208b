import { X509Certificate } from "node:crypto";
import { parseCertificates } from "../pki/certificates";
import { findLeaf } from "./certificatePath";
import { chainChecks, ExpectedCa } from "./chain";
import { CommandResult } from "./cluster";
import { curlTimeout, ProbePod } from "./probePod";
import { Check, same } from "./report";

/** What a workload served to a TLS client that has no certificate. */
export interface ServedChain {
    checks: Check[];
    leaf: X509Certificate | undefined;
    /** How the connection went on after the handshake. */
    result: CommandResult;
}

/**
 * Opens a TLS connection and judges the certificates that the workload serves. curl's OpenSSL is given the root as its
 * only anchor, so that what was served besides the leaf is untrusted.
 */
export async function observeChain(
    pod: ProbePod,
    url: string,
    workload: string,
    expected: ExpectedCa,
    spiffeId: string,
): Promise<ServedChain> {
    const roots = expected.roots.map((root) => root.toString()).join("");
    // -k: a failed verification does not end the connection, its result is reported all the same.
    const result = await pod.curlWithFile(`${workload}-root-cert.pem`, roots, (path) => [
        ...[
            "-sSk",
            ...curlTimeout,
            "--cacert",
            path,
            "-w",
            "%{ssl_verify_result}\n%{certs}",
            "-o",
            "/dev/null",
        ],
        url,
    ]);
    const served = parseCertificates(result.stdout);
    const checks = [
        ...chainChecks(workload, served, expected, spiffeId),
        verifyCheck(workload, served.length > 0, result.stdout.split("\n")[0]!),
    ];
    return { checks, leaf: findLeaf(served), result };
}

/** @param verifyResult - OpenSSL's number, see openssl-verification-options(1); curl says 0 without a handshake too */
export function verifyCheck(workload: string, shookHands: boolean, verifyResult: string): Check {
    const result = verifyResult === "0" ? "0 (ok)" : `error ${verifyResult}`;
    const name = `${workload}: openssl verify with the root alone`;
    return same(name, "0 (ok)", shookHands ? result : "no handshake");
}

import { CaCertificate } from "../caCertificate";
import { workloadFault } from "../chainVerification";
import { brokenHashes } from "../signatureHash";
import { Finding } from "./finding";
import { Judged } from "./judged";

/** Whether a workload certificate that it signs would be trusted; istiod does not ask. */
export function workloads({ ca, chain, trustDomain }: Judged): Finding | undefined {
    const fault = workloadFault(chain, `spiffe://${trustDomain}/ns/default/sa/default`);
    return fault === undefined
        ? undefined
        : {
              rule: "workloads-refused",
              severity: "error",
              file: ca.caCert.name,
              found: `no workload certificate below it is trusted: ${fault}`,
              effect: "istiod accepts it. Every proxy then rejects every other one.",
              remedy: `Have the CAs made with keyCertSign, without extended key usages or with serverAuth and clientAuth, with path lengths that leave room, and with name constraints that permit the trust domain ${trustDomain}.`,
          };
}

/** Whether anything in the chain is valid longer than what it depends on. */
export function outlives({ ca, chain }: Judged): Finding | undefined {
    const [nested] = chain.flatMap((one, depth) => {
        const above = chain.slice(depth + 1).find((issuer) => issuer.notAfter < one.notAfter);
        return above ? [{ one, above }] : [];
    });
    return nested === undefined
        ? undefined
        : {
              rule: "outlives-issuer",
              severity: "warning",
              file: ca.caCert.name,
              found: `${nested.one.name} expires ${nested.one.notAfter.toISOString()}, after its issuer's ${nested.above.notAfter.toISOString()}`,
              effect: "istiod shows the later date, but everything below it expires with the issuer.",
              remedy: "Sign the intermediate for less time than its root has left.",
          };
}

/** Whether it expires before workloads have renewed twice. */
export function soonOver({ ca, certificate }: Judged, workloadHours: number, now: Date): Finding | undefined {
    const hours = (certificate.notAfter.getTime() - now.getTime()) / 3_600_000;
    return hours < 0 || hours >= 2 * workloadHours
        ? undefined
        : {
              rule: "soon-over",
              severity: "warning",
              file: ca.caCert.name,
              found: `it expires ${certificate.notAfter.toISOString()}, within two lifetimes of a workload certificate (${2 * workloadHours} hours)`,
              effect: "istiod shortens workload certificates to what is left (before 1.28.7 and 1.29.3 they outlive their CA), and then the mesh stops.",
              remedy: "Renew the intermediate now.",
          };
}

/** Keys and signatures that modern peers reject. */
export function weak({ ca }: Judged, certificate: CaCertificate): (Finding | undefined)[] {
    const finding = { severity: "warning" as const, file: ca.caCert.name };
    const remedy = "Use ECDSA P-256 or P-384, or RSA of at least 2048 bits, and SHA-256 or better.";
    const effect = "BoringSSL, and so Envoy, or the peers' policies may reject it.";
    const { rsaBits, signatureHash = "" } = certificate;
    return [
        rsaBits !== undefined && rsaBits < 2048
            ? {
                  ...finding,
                  rule: "weak-key",
                  found: `${certificate.name} has an RSA key of ${rsaBits} bits`,
                  effect,
                  remedy,
              }
            : undefined,
        brokenHashes.includes(signatureHash)
            ? {
                  ...finding,
                  rule: "weak-signature",
                  found: `${certificate.name} is signed with ${signatureHash}`,
                  effect,
                  remedy,
              }
            : undefined,
    ];
}

/** Whether it may sign CRLs: otherwise nothing below it can be revoked. */
export function crlSigning({ ca }: Judged, certificate: CaCertificate): Finding | undefined {
    return certificate.maySignCrls
        ? undefined
        : {
              rule: "no-crl-sign",
              severity: "warning",
              file: ca.caCert.name,
              found: `the key usage of ${certificate.name} lacks cRLSign`,
              effect: "No CRL signed by it is accepted, so a compromised CA or workload below it cannot be revoked.",
              remedy: "Have it signed with cRLSign. Istio's tools/certs leaves that out.",
          };
}

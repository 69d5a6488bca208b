import { CaCertificate } from "../caCertificate";
import { CaFiles, ignoredFiles, SigningCa, signingCa } from "../caFiles";
import { chainTo } from "../certificatePath";
import { defaultTrustDomain } from "../profile";
import { crlSigning, outlives, soonOver, weak, workloads } from "./certificate";
import { chainContents, issuerKey, otherRoots, sameSubjects, servedChain } from "./chain";
import { crlCoverage, crlRevoked } from "./crl";
import { Finding } from "./finding";
import { pemUnread } from "./pem";
import { IstiodConditions, reloadRefusal, startRefusal } from "./istiod";

/** What a CA is judged against beside istiod. */
export interface CheckOptions extends IstiodConditions {
    /** Default: cluster.local. */
    trustDomain?: string;
    /** How long a workload certificate lives, hours. Default: 24, as Istio's `SECRET_TTL`. */
    workloadHours?: number;
    /** The root-cert.pem of the clusters that workloads are to talk to. */
    otherRootCerts?: string[];
}

/**
 * What istiod, Envoy or other clusters would reject of a plugged-in CA, or break with later; empty if it is good.
 * Any bytes can be checked: nothing is thrown, and no finding shows a key.
 */
export async function checkCa(files: CaFiles, options: CheckOptions = {}): Promise<Finding[]> {
    const refusal = await startRefusal(files, options);
    const reload = options.liveRootCert === undefined ? undefined : await reloadRefusal(files, options);
    const refusals = [refusal, reload?.rule === refusal?.rule ? undefined : reload];
    const ca = signingCa(files);
    const certificate = "missing" in ca ? undefined : CaCertificate.first(ca.caCert.text);
    return [
        ...("missing" in ca ? [] : pemUnread(ca)),
        ...refusals,
        shadowed(files),
        istioGenerated(files),
        ...("missing" in ca || !certificate ? [] : await laterFaults(ca, certificate, options)),
    ].filter((finding) => finding !== undefined);
}

/** What istiod takes, and what breaks or misleads later. */
async function laterFaults(
    ca: SigningCa,
    certificate: CaCertificate,
    options: CheckOptions,
): Promise<(Finding | undefined)[]> {
    const {
        now = new Date(),
        trustDomain = defaultTrustDomain,
        workloadHours = 24,
        otherRootCerts = [],
    } = options;
    const roots = CaCertificate.all(ca.rootCert.text);
    const pool = CaCertificate.all(ca.certChain.text);
    const chain = chainTo(certificate, roots, pool);
    const judged = { ca, certificate, roots, pool, chain };
    return [
        ...(certificate.isCa ? [workloads(judged, trustDomain)] : []),
        servedChain(judged),
        ...chainContents(judged),
        sameSubjects(judged),
        issuerKey(judged),
        outlives(judged),
        soonOver(judged, workloadHours, now),
        ...[...new Set([certificate, ...chain])].flatMap((each) => weak(judged, each)),
        ...chain.map((each) => crlSigning(judged, each)),
        ...(await crlCoverage(judged, now)),
        crlRevoked(judged),
        ...otherRootCerts.map((other) => otherRoots(judged, other)),
    ];
}

function shadowed(files: CaFiles): Finding | undefined {
    const ignored = ignoredFiles(files);
    return ignored.length === 0
        ? undefined
        : {
              rule: "tls-crt-wins",
              severity: "warning",
              file: "tls.crt",
              found: `it is next to ${ignored.join(", ")}`,
              effect: "istiod reads tls.crt, tls.key and ca.crt and ignores the other files, CRLs included.",
              remedy: "Keep one of the two forms.",
          };
}

function istioGenerated(files: CaFiles): Finding | undefined {
    return files["istio-generated"] === undefined
        ? undefined
        : {
              rule: "istio-generated",
              severity: "warning",
              file: "istio-generated",
              found: "the Secret has the key by which istiod marks a CA of its own",
              effect: "With USE_CACERTS_FOR_SELF_SIGNED_CA istiod treats the CA as self-signed and rotates it by itself.",
              remedy: "Leave this key out of the Secret.",
          };
}

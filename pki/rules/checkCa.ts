import { CaCertificate } from "../caCertificate";
import { CaFiles, ignoredFiles, SigningCa, signingCa } from "../caFiles";
import { chainTo } from "../certificatePath";
import { defaultTrustDomain } from "../profile";
import { crlSigning, outlives, soonOver, weak, workloads } from "./certificate";
import { chainContents, issuerKey, sameSubjects, servedChain } from "./chain";
import { crlCoverage, crlRevoked } from "./crl";
import { Finding } from "./finding";
import { Judged } from "./judged";
import { pemUnread } from "./pem";
import { incomplete, IstiodConditions, refusalOf, reloadRefusal } from "./istiod";
import {
    agents,
    otherClusters,
    proxies,
    publishedKeys,
    rootOrder,
    strictPeers,
    tooLarge,
    tooLong,
    webhooks,
} from "./verdict";
import { Verdict, verdictOf } from "../verdict/verdict";

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
export function checkCa(files: CaFiles, options: CheckOptions = {}): Finding[] {
    const ca = signingCa(files);
    if ("missing" in ca) {
        return withoutGaps([incomplete(ca), shadowed(files), istioGenerated(files)]);
    }
    const unjudged = withoutGaps([...publishedKeys(ca), tooLarge(ca)]);
    if (unjudged.length > 0) {
        return unjudged;
    }
    const { now = new Date(), trustDomain = defaultTrustDomain, otherRootCerts = [] } = options;
    const verdict = verdictOf(ca, { now, trustDomain, otherRootCerts });
    const refusal = refusalOf(ca, verdict.istiod, now);
    const reload = reloadRefusal(ca, verdict.istiod, options);
    const refusals = withoutGaps([
        ...pemUnread(ca),
        refusal,
        reload?.rule === refusal?.rule ? undefined : reload,
    ]);
    const certificate = CaCertificate.first(ca.caCert.text);
    const roots = CaCertificate.all(ca.rootCert.text);
    const pool = CaCertificate.all(ca.certChain.text);
    const judged = certificate && {
        ...{ ca, certificate, roots, pool, verdict, now, trustDomain },
        chain: chainTo(certificate, roots, pool),
    };
    return withoutGaps([
        ...refusals,
        shadowed(files),
        istioGenerated(files),
        // If istiod does not trust the CA, nobody else does either, for the same reason.
        ...(verdict.istiod.verdict.step === "trust" ? [] : peers(ca, verdict, refusals, judged)),
        ...otherClusters(ca, verdict, otherRootCerts),
        ...(judged ? warnings(judged, options.workloadHours) : []),
    ]);
}

/**
 * What agents, Envoys, webhooks and strict peers will do with the certificates that the CA signs.
 *
 * @param judged - undefined if Node.js cannot read the CA's certificate, although Go can: then no rule explains the verdict
 */
function peers(
    ca: SigningCa,
    verdict: Verdict,
    refusals: Finding[],
    judged: Judged | undefined,
): (Finding | undefined)[] {
    const known = new Set(refusals.map(({ file }) => file));
    const refused = [tooLong(ca, verdict) ?? proxies(ca, verdict)].filter(
        (finding) => finding !== undefined && !known.has(finding.file),
    );
    const { server, istiod } = verdict.istiod.verdict;
    // These rules explain BoringSSL's refusal in more detail. Without a refusal they are not faults.
    const explained = judged && refused.length > 0 ? explanations(judged) : [];
    return [
        refused.length > 0 && istiod === server ? undefined : agents(ca, verdict),
        ...(explained.length > 0 ? explained : refused),
        known.has(ca.rootCert.name) ? undefined : rootOrder(ca, verdict),
        refused.length > 0 || istiod !== undefined ? undefined : strictPeers(ca, verdict),
        known.has(ca.rootCert.name) ? undefined : webhooks(ca, verdict),
    ];
}

function explanations(judged: Judged): Finding[] {
    return withoutGaps([
        judged.certificate.isCa ? workloads(judged) : undefined,
        servedChain(judged),
        sameSubjects(judged),
        issuerKey(judged),
        ...crlCoverage(judged, judged.now),
        crlRevoked(judged),
    ]);
}

/** What makes the CA harder to operate, or will break something later. */
function warnings(judged: Judged, workloadHours = 24): (Finding | undefined)[] {
    const { certificate, chain, now } = judged;
    return [
        ...chainContents(judged),
        outlives(judged),
        soonOver(judged, workloadHours, now),
        ...[...new Set([certificate, ...chain])].flatMap((each) => weak(judged, each)),
        ...chain.map((each) => crlSigning(judged, each)),
    ];
}

function withoutGaps(findings: (Finding | undefined)[]): Finding[] {
    return findings.filter((finding) => finding !== undefined);
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

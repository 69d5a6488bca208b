import { CaCertificate } from "./caCertificate";
import { CaFiles, ignoredFiles, SigningCa, signingCa } from "./caFiles";
import { chainTo, named, workloadFault } from "./chainVerification";
import { Finding } from "./finding";
import { firstCertificate, IstiodConditions, reloadRefusal, startRefusal } from "./istiod";

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
    const certificate = "missing" in ca ? undefined : firstCertificate(ca.caCert);
    return [
        ...refusals,
        shadowed(files),
        istioGenerated(files),
        ...("missing" in ca || !certificate ? [] : laterFaults(ca, certificate, options)),
    ].filter((finding) => finding !== undefined);
}

/** What istiod takes, and what breaks or misleads later. */
function laterFaults(
    ca: SigningCa,
    certificate: CaCertificate,
    options: CheckOptions,
): (Finding | undefined)[] {
    const { now = new Date(), trustDomain = "cluster.local", workloadHours = 24 } = options;
    const roots = CaCertificate.all(ca.rootCert.text);
    const pool = CaCertificate.all(ca.certChain.text);
    const chain = chainTo(certificate, roots, pool);
    return [
        ...(certificate.isCa ? [workloads(ca, chain, trustDomain)] : []),
        servedChain(ca, certificate, roots, pool, chain),
        ...chainContents(ca, certificate, pool, chain),
        sameSubjects(ca, chain),
        outlives(ca, chain),
        soonOver(ca, certificate, workloadHours, now),
        ...[...new Set([certificate, ...chain])].flatMap((each) => weak(ca, each)),
        ...chain.map((each) => crlSigning(ca, each)),
        ...(options.otherRootCerts ?? []).map((other) => otherRoots(ca, roots, other)),
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
              found: `it stands beside ${ignored.join(", ")}`,
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
              effect: "With USE_CACERTS_FOR_SELF_SIGNED_CA istiod takes the CA as self-signed and rotates it by itself.",
              remedy: "Leave this key out of the Secret.",
          };
}

function workloads(ca: SigningCa, chain: CaCertificate[], trustDomain: string): Finding | undefined {
    const fault = workloadFault(chain, `spiffe://${trustDomain}/ns/default/sa/default`);
    return fault === undefined
        ? undefined
        : {
              rule: "workloads-refused",
              severity: "error",
              file: ca.caCert.name,
              found: `no workload certificate under it is trusted: ${fault}`,
              effect: "istiod takes it. Every proxy then refuses every other one.",
              remedy: `Have the CAs made with keyCertSign, without extended key usages or with serverAuth and clientAuth, with path lengths that leave room, and with name constraints that permit the trust domain ${trustDomain}.`,
          };
}

/** Peers get the workload's certificate and cert-chain.pem: what leads to the root must be in there. */
function servedChain(
    ca: SigningCa,
    certificate: CaCertificate,
    roots: CaCertificate[],
    pool: CaCertificate[],
    chain: CaCertificate[],
): Finding | undefined {
    const served = (each: CaCertificate) => [...pool, ...roots].some((other) => other.equals(each));
    const lacking = (chain.length > 0 ? chain : [certificate]).find((each) => !served(each));
    return lacking === undefined
        ? undefined
        : {
              rule: "chain-incomplete",
              severity: "error",
              file: ca.certChain.name,
              found: `${named(lacking)} is missing`,
              effect: "istiod takes it. Workloads serve this file with their certificates, so no peer finds the way to the root.",
              remedy: "Let it hold the intermediate CA's certificate first, then each one's issuer.",
          };
}

function chainContents(
    ca: SigningCa,
    certificate: CaCertificate,
    pool: CaCertificate[],
    chain: CaCertificate[],
): (Finding | undefined)[] {
    const file = { severity: "warning" as const, file: ca.certChain.name };
    const twice = pool.find((each, index) => pool.findIndex((other) => other.equals(each)) < index);
    const foreign = pool.find((each) => !chain.some((other) => other.equals(each)));
    const path = pool.filter((each, index) => pool.findIndex((other) => other.equals(each)) === index);
    const ordered = path.every((each, index) => index === 0 || path[index - 1]!.issuer === each.subject);
    return [
        twice && {
            ...file,
            rule: "chain-doubled",
            found: `${named(twice)} stands twice`,
            effect: "Each handshake carries it twice; some clients, Java's among them, refuse such chains.",
            remedy: "Remove the repetition.",
        },
        foreign && {
            ...file,
            rule: foreign.isCa ? "chain-foreign" : "chain-end-entity",
            found: `${named(foreign)} ${foreign.isCa ? "is not on the way from the intermediate to a root" : "is not a CA's"}`,
            effect: "Each workload serves it in its chain; strict clients refuse that.",
            remedy: "Remove it.",
        },
        (!ordered || (path[0] && !path[0].equals(certificate) && !foreign)) && !foreign
            ? {
                  ...file,
                  rule: "chain-order",
                  found: `it is ordered ${path.map(({ subject }) => subject).join("; ")}`,
                  effect: "TLS 1.2 asks for each certificate to certify the one before it; istiod's metric of the CA's expiry shows the first one's.",
                  remedy: "Order it from the intermediate to the root.",
              }
            : undefined,
    ].map((finding) => finding || undefined);
}

function sameSubjects(ca: SigningCa, chain: CaCertificate[]): Finding | undefined {
    const same = chain.find(
        (each, index) => chain.findIndex(({ subject }) => subject === each.subject) < index,
    );
    return same === undefined
        ? undefined
        : {
              rule: "same-subject",
              severity: "error",
              file: ca.caCert.name,
              found: `it and its issuer are both named ${same.subject}`,
              effect: "OpenSSL and BoringSSL take the intermediate for a self-signed root and build no chain; CRLs of the two cannot be told apart.",
              remedy: "Give the intermediate a subject of its own, with L=<cluster>.",
          };
}

function outlives(ca: SigningCa, chain: CaCertificate[]): Finding | undefined {
    const index = chain.findIndex((each, depth) =>
        chain.slice(depth + 1).some((above) => each.notAfter > above.notAfter),
    );
    const [one, above] = [
        chain[index],
        chain.slice(index + 1).find((each) => each.notAfter < (chain[index]?.notAfter ?? 0)),
    ];
    return !one || !above
        ? undefined
        : {
              rule: "outlives-issuer",
              severity: "warning",
              file: ca.caCert.name,
              found: `${named(one)} ends ${one.notAfter.toISOString()}, after its issuer's ${above.notAfter.toISOString()}`,
              effect: "istiod shows the later date, but everything under it ends with the issuer.",
              remedy: "Sign the intermediate for less time than its root has left.",
          };
}

function soonOver(
    ca: SigningCa,
    certificate: CaCertificate,
    workloadHours: number,
    now: Date,
): Finding | undefined {
    const hours = (certificate.notAfter.getTime() - now.getTime()) / 3_600_000;
    return hours < 0 || hours >= 2 * workloadHours
        ? undefined
        : {
              rule: "soon-over",
              severity: "warning",
              file: ca.caCert.name,
              found: `it ends ${certificate.notAfter.toISOString()}, within two lives of a workload certificate (${2 * workloadHours} hours)`,
              effect: "istiod shortens workload certificates to what is left (before 1.28.7 and 1.29.3 they outlive their CA), and then the mesh stops.",
              remedy: "Renew the intermediate now.",
          };
}

function weak(ca: SigningCa, certificate: CaCertificate): (Finding | undefined)[] {
    const finding = { severity: "warning" as const, file: ca.caCert.name };
    const remedy = "Use ECDSA P-256 or P-384, or RSA of at least 2048 bits, and SHA-256 or better.";
    const effect = "BoringSSL, and so Envoy, or the peers' policies may refuse it.";
    const { rsaBits, signatureHash = "" } = certificate;
    return [
        rsaBits !== undefined && rsaBits < 2048
            ? {
                  ...finding,
                  rule: "weak-key",
                  found: `${named(certificate)} has an RSA key of ${rsaBits} bits`,
                  effect,
                  remedy,
              }
            : undefined,
        ["MD5", "SHA-1"].includes(signatureHash)
            ? {
                  ...finding,
                  rule: "weak-signature",
                  found: `${named(certificate)} is signed with ${signatureHash}`,
                  effect,
                  remedy,
              }
            : undefined,
    ];
}

function crlSigning(ca: SigningCa, certificate: CaCertificate): Finding | undefined {
    return certificate.maySignCrls
        ? undefined
        : {
              rule: "no-crl-sign",
              severity: "warning",
              file: ca.caCert.name,
              found: `the key usage of ${named(certificate)} lacks cRLSign`,
              effect: "No CRL of it is accepted, so a compromised CA or workload below it cannot be revoked.",
              remedy: "Have it made with cRLSign. Istio's tools/certs leaves it out.",
          };
}

function otherRoots(ca: SigningCa, roots: CaCertificate[], otherRootCert: string): Finding | undefined {
    const others = CaCertificate.all(otherRootCert);
    const trusted = roots.some((root) => others.some((other) => other.equals(root)));
    return trusted
        ? undefined
        : {
              rule: "other-root",
              severity: "error",
              file: ca.rootCert.name,
              found: `it trusts ${roots.map(named).join(", ") || "nothing"}; another cluster trusts ${others.map(named).join(", ") || "nothing"}`,
              effect: "Workloads of the two clusters refuse each other.",
              remedy: "Give all clusters of a mesh the same trust bundle.",
          };
}

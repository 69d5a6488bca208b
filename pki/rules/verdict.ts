import { CaCertificate } from "../caCertificate";
import type { CaFile, SigningCa } from "../caFiles";
import { holdsPrivateKey } from "../pemMarks";
import { describeEnvoyRefusal } from "./envoy";
import type { Finding } from "./finding";
import type { Verdict } from "../verdict/verdict";

/** Whether agents accept the certificate that istiod serves. If they do not, no workload gets a certificate. */
export function agents({ caCert }: SigningCa, { istiod }: Verdict): Finding | undefined {
    const found = istiod.verdict.istiod;
    return found === undefined
        ? undefined
        : {
              rule: "istiod-rejected",
              severity: "error",
              file: caCert.name,
              found: `agents reject the certificate that istiod serves: ${found}`,
              effect: "istiod starts. No agent connects to it, so no workload gets a certificate, and no webhook is called.",
              remedy: "Have the CAs made with path lengths that leave room, with serverAuth if they have extended key usages, and with name constraints that permit istiod.istio-system.svc, istiod-remote.istio-system.svc and istio-pilot.istio-system.svc.",
          };
}

/** Whether the Envoys of the cluster accept each other's workload certificates. */
export function proxies(ca: SigningCa, { envoy, inFileOrder }: Verdict): Finding | undefined {
    if (envoy === undefined || inFileOrder === undefined) {
        return undefined;
    }
    return {
        rule: "envoy-rejected",
        severity: "error",
        ...describeEnvoyRefusal(ca, envoy),
        effect: "istiod accepts it. Envoy then rejects every workload of this cluster.",
    };
}

/**
 * Whether it depends on the order of the roots if Envoys accept workloads: agents sort them, other readers of the file do not. An error
 * either way, because agents sort by the text, which a comment, another root or the next serial number changes.
 */
export function rootOrder(ca: SigningCa, { envoy, inFileOrder }: Verdict): Finding | undefined {
    const refusal = envoy ?? inFileOrder;
    if (refusal === undefined || (envoy && inFileOrder)) {
        return undefined;
    }
    const { found } = describeEnvoyRefusal(ca, refusal);
    return {
        rule: "root-order",
        severity: "error",
        file: ca.rootCert.name,
        found: `the order of its roots decides whether BoringSSL accepts workloads: ${envoy ? "sorted, as agents hand them to Envoy" : "as they are in the file"}, it rejects them: ${found}`,
        effect: envoy
            ? "istiod accepts it. Sidecars and gateways, whose agents sort the roots, reject every workload of this cluster."
            : "Sidecars and gateways accept it by chance, because their agents sort the roots as text: another root or a comment changes that. An Envoy that trusts the file as it is rejects every workload of this cluster.",
        remedy: "Remove the certificate that it is about, such as an expired root of the same name and key as another, so that the order does not matter.",
    };
}

/** Whether peers written in Go, such as proxyless gRPC, accept workload certificates that Envoy accepts. */
export function strictPeers({ caCert }: SigningCa, { istiod }: Verdict): Finding | undefined {
    const { server, client } = istiod.verdict;
    const found = server ?? client;
    return found === undefined
        ? undefined
        : {
              rule: "strict-peers",
              severity: "warning",
              file: caCert.name,
              found: `Go rejects a workload's certificate as ${server === undefined ? "a client's" : "a server's"}: ${found}`,
              effect: "Envoy accepts it. Clients and servers written in Go, such as proxyless gRPC, reject workloads of this cluster.",
              remedy: "Have the root made without extended key usages, or with serverAuth and clientAuth.",
          };
}

/** Whether istiod can write the roots into its webhooks. */
export function webhooks({ rootCert }: SigningCa, { istiod }: Verdict): Finding | undefined {
    const found = istiod.verdict.webhook;
    return found === undefined
        ? undefined
        : {
              rule: "webhook-roots",
              severity: "warning",
              file: rootCert.name,
              found: `istiod cannot write its first block into its webhooks: ${found}`,
              effect: "The caBundle of istiod's webhooks is never patched: sidecars are not injected, and configuration is not validated.",
              remedy: "Put the root that this CA depends on first, labelled CERTIFICATE.",
          };
}

/** Whether the Envoys of other clusters accept this cluster's workloads. */
export function otherClusters(
    { rootCert }: SigningCa,
    { others }: Verdict,
    otherRootCerts: string[],
): Finding[] {
    const trusted = (text: string) =>
        CaCertificate.all(text)
            .map(({ name }) => name)
            .join(", ") || "nothing";
    return others.flatMap((refusal, index) =>
        refusal === undefined
            ? []
            : [
                  {
                      rule: "other-root",
                      severity: "error" as const,
                      file: rootCert.name,
                      found: `it trusts ${trusted(rootCert.text)}; another cluster trusts ${trusted(otherRootCerts[index]!)}, and its Envoys reject this cluster's workloads: ${refusal.reason}`,
                      effect: "Workloads of the two clusters reject each other.",
                      remedy: "Let the other cluster's root-cert.pem hold the root that this CA depends on, valid now: give all clusters of a mesh the same trust bundle.",
                  },
              ],
    );
}

/** The files that istiod publishes. */
const publicFiles = ["caCert", "certChain", "rootCert", "crl"] as const;

/** Private keys in files that everybody reads: in ConfigMaps of every namespace and in every handshake. */
export function publishedKeys(ca: SigningCa): Finding[] {
    return publicFiles
        .map((name) => ca[name])
        .filter(({ text }) => holdsPrivateKey(text))
        .map(({ name }: CaFile) => ({
            rule: "private-key",
            severity: "error" as const,
            file: name,
            found: "it holds a private key",
            effect: "istiod accepts it and publishes the key: in a ConfigMap of every namespace, or in every TLS handshake.",
            remedy: "Remove the key from this file, and replace the CA if anybody else could read it.",
        }));
}

/** The size limit of a Secret and of a ConfigMap, bytes (Kubernetes, MaxSecretSize). */
const maxSecretBytes = 1024 * 1024;

/** Files that are too large for a Secret. */
export function tooLarge(ca: SigningCa): Finding | undefined {
    const files = [...new Set(Object.values(ca) as CaFile[])];
    const [largest] = files.toSorted((one, other) => other.text.length - one.text.length);
    const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    return bytes <= maxSecretBytes
        ? undefined
        : {
              rule: "too-large",
              severity: "error",
              file: largest!.name,
              found: `the CA's files are ${bytes} bytes, most of them in this one`,
              effect: `Kubernetes refuses a Secret or a ConfigMap of more than ${maxSecretBytes} bytes.`,
              remedy: "Leave out the roots and CRLs that the mesh does not need.",
          };
}

/** The size limit of the certificates in a handshake, bytes (BoringSSL, SSL_MAX_CERT_LIST_DEFAULT). */
const maxCertificateMessage = 100 * 1024;

/** A chain that is too long for a handshake: istiod adds all of root-cert.pem to what workloads serve. */
export function tooLong({ rootCert }: SigningCa, { istiod }: Verdict): Finding | undefined {
    const served = [...istiod.certChain, ...istiod.rootCert].map(({ der = "" }) =>
        Buffer.byteLength(der, "base64"),
    );
    const leaf = Buffer.byteLength(istiod.verdict.workload ?? "", "base64");
    // RFC 8446, 4.4.2: each certificate has three bytes of length and two of extensions; the list has four.
    const bytes = [leaf, ...served].reduce((sum, length) => sum + length + 5, 4);
    return bytes <= maxCertificateMessage
        ? undefined
        : {
              rule: "too-long",
              severity: "error",
              file: rootCert.name,
              found: `workloads serve ${bytes} bytes of certificates: their own, cert-chain.pem and all ${istiod.rootCert.length} of this file`,
              effect: `istiod accepts it. Envoy rejects a handshake with more than ${maxCertificateMessage} bytes of certificates, so no workload connects.`,
              remedy: "Leave only the roots of the mesh in it.",
          };
}

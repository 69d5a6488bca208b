import { createPublicKey } from "node:crypto";
import { fingerprint, parseCertificates } from "./certificates";
import { CaProfile } from "./profile";

/** The files of the Secret `cacerts`; istio security/pkg/pki/ca/ca.go names them. */
export const caCertFile = "ca-cert.pem";
export const caKeyFile = "ca-key.pem";
export const certChainFile = "cert-chain.pem";
export const rootCertFile = "root-cert.pem";

/** The Secret that istiod mounts as its plugged-in CA. */
export const caCertsSecretName = "cacerts";

/** What istiod reads from `cacerts` besides its key, by file name; PEM. */
export type PublicFiles = Record<typeof caCertFile | typeof certChainFile | typeof rootCertFile, string>;

/**
 * The public files of `cacerts`. root-cert.pem opens with a comment naming the intermediate: istiod compares roots
 * by their DER (since 1.30, with ISTIO_MULTIROOT_MESH) and reloads, but hands the changed bytes on, and bytes that changed are what makes every
 * proxy ask for a new workload certificate. Without it the old leaves stay until half their lifetime is over.
 */
export function publicFiles(caCertPem: string, trustBundlePem: string, profile: CaProfile): PublicFiles {
    const [caCert] = parseCertificates(caCertPem);
    return {
        [caCertFile]: caCertPem,
        [certChainFile]: profile.rootInChain ? caCertPem + trustBundlePem : caCertPem,
        [rootCertFile]: `# trusts intermediate ${fingerprint(caCert!)}\n${trustBundlePem}`,
    };
}

/**
 * What is wrong with an intermediate certificate that came from a signer, in words for the user; empty if it can
 * be plugged in. The same three steps as istiod's own check (istio security/pkg/pki/util/keycertbundle.go).
 */
export function certificateFaults(caCertPem: string, publicKeyPem: string, trustBundlePem: string): string[] {
    const [caCert] = parseCertificates(caCertPem);
    if (!caCert) {
        return ["it is not a PEM certificate"];
    }
    const faults = [];
    if (!createPublicKey(publicKeyPem).equals(caCert.publicKey)) {
        faults.push("it was made for another key than this stack's");
    }
    if (!caCert.ca) {
        faults.push("it is not a CA certificate");
    }
    const roots = parseCertificates(trustBundlePem);
    if (!roots.some((root) => caCert.checkIssued(root) && caCert.verify(root.publicKey))) {
        faults.push(
            `it was issued by ${caCert.issuer.replaceAll("\n", ", ")}, which is not in the trust bundle`,
        );
    }
    return faults;
}

import { createPublicKey, X509Certificate } from "node:crypto";
import { CaCertificate } from "./caCertificate";
import { fingerprint } from "./certificates";
import { verificationFault } from "./chainVerification";
import { Crl } from "./crl";
import { pemFault } from "./pemFault";
import { CaProfile, profiles } from "./profile";

// The files of the Secret `cacerts`; istio security/pkg/pki/ca/ca.go names them.
/** The file of `cacerts` with the certificate that signs. */
export const caCertFile = "ca-cert.pem";
/** The file of `cacerts` with the key that signs. */
export const caKeyFile = "ca-key.pem";
/** The file of `cacerts` with what workloads serve after their own certificate. */
export const certChainFile = "cert-chain.pem";
/** The file of `cacerts` with the roots that workloads trust. */
export const rootCertFile = "root-cert.pem";
/** The file of `cacerts` with the certificate revocation lists, of every CA in the mesh; optional. */
export const caCrlFile = "ca-crl.pem";

/** The Secret that istiod mounts as its plugged-in CA. */
export const caCertsSecretName = "cacerts";

/** The ConfigMap of every namespace by which istiod hands the lists of revoked certificates on. */
export const crlConfigMapName = "istio-ca-crl";

/** What istiod reads from `cacerts` besides its key, by file name; PEM. */
export type PublicFiles = Record<typeof caCertFile | typeof certChainFile | typeof rootCertFile, string> & {
    /** Lists of revoked certificates, of every CA in the mesh. */
    [caCrlFile]?: string;
};

/**
 * root-cert.pem. It opens with a comment naming the intermediate: istiod compares roots by their DER (since 1.30, with
 * ISTIO_MULTIROOT_MESH) and reloads, but hands the changed bytes on, and bytes that changed are what makes every proxy ask
 * for a new workload certificate. Without it the old leaves stay until half their lifetime is over.
 */
export function trustingFile(caCert: X509Certificate, trustBundlePem: string): string {
    return `# trusts intermediate ${fingerprint(caCert)}\n${trustBundlePem}`;
}

/**
 * The certificates of a text, encoded again: what istiod, Envoy and this project read of `cacerts` is then one and the same.
 *
 * @param what - the text's name, for a sentence
 * @throws Error where people see more in it than istiod would read, and where there is none.
 */
export function encodedAgain(what: string, pem: string): string {
    const fault = pemFault(pem, "certificates");
    if (fault) {
        throw new Error(`${what} cannot be plugged in, ${fault.read}: ${fault.found}. ${fault.remedy}`);
    }
    const certificates = CaCertificate.all(pem);
    if (certificates.length === 0) {
        throw new Error(`${what} cannot be plugged in: it holds no PEM certificate.`);
    }
    return certificates.map((certificate) => certificate.pem).join("");
}

/** The lists of revoked certificates of a text, encoded again. @throws Error where people see more in it than istiod would read. */
export function listsAgain(pem: string): string {
    const fault = pemFault(pem, "other");
    if (fault) {
        throw new Error(
            `The lists of revoked certificates cannot be plugged in, ${fault.read}: ${fault.found}.`,
        );
    }
    return Crl.all(pem)
        .map((list) => list.pem)
        .join("");
}

/**
 * The public files of `cacerts`.
 *
 * @param signedPem - the intermediate's certificate, and after it those that lead to a root
 * @param trustBundlePem - the roots that every cluster trusts
 * @param crlsPem - the lists of every CA that workloads of the mesh stand on; default: none
 * @throws Error where a text is not plain PEM.
 */
export function publicFiles(
    signedPem: string,
    trustBundlePem: string,
    profile: CaProfile = profiles.default,
    crlsPem?: string,
): PublicFiles {
    const chain = encodedAgain("The intermediate's certificate", signedPem);
    const roots = encodedAgain("The trust bundle", trustBundlePem);
    const [caCert] = CaCertificate.all(chain);
    return {
        [caCertFile]: caCert!.pem,
        [certChainFile]: profile.rootInChain ? chain + roots : chain,
        [rootCertFile]: trustingFile(caCert!.node, roots),
        ...(crlsPem === undefined ? {} : { [caCrlFile]: listsAgain(crlsPem) }),
    };
}

/**
 * What is wrong with an intermediate certificate that came from a signer, in words for the user; empty if it can
 * be plugged in.
 *
 * @param signedPem - the certificate, and after it those that lead to a root
 */
export function certificateFaults(
    signedPem: string,
    publicKeyPem: string,
    trustBundlePem: string,
    now = new Date(),
): string[] {
    const [caCert, ...issuers] = CaCertificate.all(signedPem);
    if (!caCert) {
        return ["it is not a PEM certificate"];
    }
    const untrusted = verificationFault(caCert, CaCertificate.all(trustBundlePem), issuers, now);
    return [
        ...(createPublicKey(publicKeyPem).equals(caCert.publicKey)
            ? []
            : ["it was made for another key than this stack's"]),
        ...(caCert.isCa ? [] : ["it is not a CA certificate"]),
        ...(untrusted ? [`it does not verify to the trust bundle: ${untrusted}`] : []),
    ];
}

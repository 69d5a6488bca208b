import { CaCertificate } from "./caCertificate";
import { verificationFault } from "./chainVerification";
import { publicKeyIn } from "./pemKey";

/**
 * What is wrong with an intermediate certificate that came from a signer, one sentence a fault; empty if it can be plugged in.
 *
 * @param signedPem - the certificate, followed by those that lead to a root
 * @param publicKeyPem - the key that it was to be made for
 */
export function certificateFaults(
    signedPem: string,
    publicKeyPem: string,
    trustBundlePem: string,
    now = new Date(),
): string[] {
    const [ca, ...issuers] = CaCertificate.all(signedPem);
    if (!ca) {
        return ["it is not a PEM certificate"];
    }
    const untrusted = verificationFault(ca, CaCertificate.all(trustBundlePem), issuers, now);
    return [
        ...(publicKeyIn(publicKeyPem).equals(ca.publicKey)
            ? []
            : ["it was made for another key than the request's"]),
        ...(ca.isCa ? [] : ["it is not a CA certificate"]),
        ...(untrusted ? [`it does not verify to the trust bundle: ${untrusted}`] : []),
    ];
}

import { CaCertificate } from "./caCertificate";
import { publicKeyIn } from "./pemKey";

/** Why a certificate cannot be the root that signs intermediates, as "is …"; undefined if it can. */
export function rootFault(rootCertPem: string, now: Date): string | undefined {
    const [root] = CaCertificate.all(rootCertPem);
    if (!root) {
        return "is not a PEM certificate";
    }
    if (!root.isCa || !root.maySign) {
        return "is not a CA's";
    }
    if (now > root.notAfter || now < root.notBefore) {
        return `is valid from ${root.notBefore.toISOString()} to ${root.notAfter.toISOString()} only`;
    }
    return root.extensions.basicConstraints?.pathLength === 0
        ? "has path length 0: it may sign no other CA"
        : undefined;
}

/** Whether a key is another than the root's, or none, in words that show nothing of it. */
export function rootKeyFault(rootCertPem: string, privateKeyPem: string): string | undefined {
    const [root] = CaCertificate.all(rootCertPem);
    try {
        const fits = root && publicKeyIn(privateKeyPem).equals(root.publicKey);
        return fits ? undefined : "belongs to another key than the one given";
    } catch {
        return "cannot be compared with the key, which is not an unencrypted PEM private key";
    }
}

import { createHash } from "node:crypto";
import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "./bundle";
import { CaCertificate } from "./caCertificate";
import { chainTo } from "./chainVerification";

const replaces = /^# replaces .*\n/;

/**
 * The files as they go in the place of those that are plugged in: the bytes of root-cert.pem say what proxies do then.
 *
 * - Bytes that stay tell no proxy anything. So it is where nothing changed, and with `spread` where a CA was renewed under the
 *   same roots: each proxy asks for its next certificate at its own time.
 * - Bytes that change differ from all before, since they open with the digest of those that they replace. pilot-agent may hand
 *   Envoy the roots that came with its last certificate beside the new ones, and mends that only if root-cert.pem is not what it
 *   was once, as it would be where a rotation is undone: the root that went would stay trusted (istio
 *   security/pkg/nodeagent/cache/secretcache.go, UpdateConfigTrustBundle and GenerateSecret).
 *
 * @param plugged - what the cluster holds; the outputs of the last `up` that succeeded may be older
 */
export function inPlaceOf(
    plugged: PublicFiles | undefined,
    files: PublicFiles,
    spread: boolean,
): PublicFiles {
    if (!plugged) {
        return files;
    }
    const [before, next] = [plugged[rootCertFile], files[rootCertFile]];
    const renewed = spread && haveSameRoots(before, next) && haveSameSigner(plugged, files);
    if (before.replace(replaces, "") === next || renewed) {
        return { ...files, [rootCertFile]: before };
    }
    const digest = createHash("sha256").update(before).digest("hex");
    return { ...files, [rootCertFile]: `# replaces ${digest}\n${next}` };
}

function haveSameRoots(...pems: [string, string]): boolean {
    const [some, others] = pems.map((pem) => CaCertificate.all(pem).map((root) => root.fingerprint));
    return new Set(some).symmetricDifference(new Set(others)).size === 0;
}

function haveSameSigner(...bundles: [PublicFiles, PublicFiles]): boolean {
    const [signer, other] = bundles.map(signerOf);
    return signer !== undefined && other !== undefined && signer.equals(other);
}

function signerOf(files: PublicFiles): CaCertificate | undefined {
    const [ca] = CaCertificate.all(files[caCertFile]);
    const [roots, chain] = [files[rootCertFile], files[certChainFile]].map((pem) => CaCertificate.all(pem));
    return ca && chainTo(ca, roots!, chain!)[1];
}

import { createHash } from "node:crypto";
import { CaBundle } from "./caBundle";
import { PublicFiles, rootCertFile } from "./caFiles";
import { sameCertificates } from "./certificate";

const replaces = /^# replaces .*\n/;

/**
 * The bundle as it takes the place of the one that is plugged in: the bytes of root-cert.pem decide what proxies do then.
 *
 * - With the same bytes no proxy does anything. They stay if nothing changed, and with `spread` if a CA was renewed under the
 *   same roots: each proxy then asks for its next certificate at its own time.
 * - Changed bytes differ from all previous ones, because they open with the digest of those that they replace. pilot-agent may hand
 *   Envoy the roots that came with its last certificate beside the new ones, and corrects that only if root-cert.pem is not what it
 *   was once, as it would be after a rotation that is undone: the removed root would stay trusted (istio
 *   security/pkg/nodeagent/cache/secretcache.go, UpdateConfigTrustBundle and GenerateSecret).
 *
 * @param plugged - what the cluster holds; the outputs of the last `up` that succeeded may be older
 */
export function inPlaceOf(plugged: PublicFiles | undefined, next: CaBundle, spread: boolean): CaBundle {
    if (!plugged) {
        return next;
    }
    const previous = plugged[rootCertFile];
    if (
        previous.replace(replaces, "") === next.rootCertPem ||
        (spread && isRenewal(CaBundle.parse(plugged), next))
    ) {
        return next.withRootCertPem(previous);
    }
    const digest = createHash("sha256").update(previous).digest("hex");
    return next.withRootCertPem(`# replaces ${digest}\n${next.rootCertPem}`);
}

/** Whether both have the same roots and one issuer. */
function isRenewal(plugged: CaBundle | undefined, next: CaBundle): boolean {
    const [issuer, nextIssuer] = [plugged?.issuer, next.issuer];
    return (
        plugged !== undefined &&
        sameCertificates(plugged.roots, next.roots) &&
        issuer !== undefined &&
        nextIssuer !== undefined &&
        issuer.equals(nextIssuer)
    );
}

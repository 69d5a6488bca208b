import { pemBlocks } from "./pem";

/**
 * The roots in a root-cert.pem as agents hand them to Envoy: each block with the text before it, once, sorted by that text, up to the
 * first empty block (mergeConfigTrustBundle of istio security/pkg/nodeagent/cache/secretcache.go, PemCertBytestoString of
 * security/pkg/pki/util/crypto.go).
 */
export function agentRoots(rootCertPem: string): string {
    const parts = new Set<string>();
    let start = 0;
    for (const { der, end } of pemBlocks(rootCertPem)) {
        if (der.length === 0) {
            break;
        }
        parts.add(rootCertPem.slice(start, end).replace(/\n$/, "").replace(/^\n/, ""));
        start = end;
    }
    // Go sorts bytes.
    const sorted = [...parts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    return sorted.join("\n");
}

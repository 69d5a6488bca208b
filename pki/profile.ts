/** The key algorithms a CA may have: those istiod can sign with and Envoy verifies everywhere. */
export const KeyAlgorithm = {
    /** ECDSA on the curve P-256. */
    EcdsaP256: "ECDSA-P256",
    /** ECDSA on the curve P-384. */
    EcdsaP384: "ECDSA-P384",
    /** RSA of 2048 bits. */
    Rsa2048: "RSA-2048",
    /** RSA of 3072 bits. */
    Rsa3072: "RSA-3072",
    /** RSA of 4096 bits. */
    Rsa4096: "RSA-4096",
} as const;
export type KeyAlgorithm = (typeof KeyAlgorithm)[keyof typeof KeyAlgorithm];

/** The subjects of Istio's tools/certs; root and intermediate must differ, or no key identifier links them. */
export const organization = "Istio";
export const rootCommonName = "Root CA";
export const intermediateCommonName = "Intermediate CA";

/** The one SAN of an intermediate. */
export const istiodDnsName = "istiod.istio-system.svc";

/** The mesh's trust domain by default, which is Istio's own (meshConfig.trustDomain). */
export const defaultTrustDomain = "cluster.local";

/** What a trust domain may be, if a text is none (SPIFFE ID, 2.1: no scheme, no path, no capitals); undefined if it is one. */
export function trustDomainFault(name: string): string | undefined {
    return /^[a-z0-9._-]{1,255}$/.test(name)
        ? undefined
        : "a name such as cluster.local, of a-z, 0-9, dots, hyphens and underscores, without spiffe:// and without a path";
}

/** How the CA certificates of a mesh are made. The defaults are those of the profile `default`. */
export interface CaProfile {
    /** The algorithm of the root's key. Default: ECDSA-P256. */
    keyAlgorithm: KeyAlgorithm;
    /** Key usages, in the words of Terraform's tls provider. Default: cert_signing, crl_signing. */
    allowedUses: string[];
    /**
     * Path length of the root. 1 forbids any CA below the intermediates, which therefore need none of their own:
     * the tls provider cannot write 0. Default: 1.
     */
    rootMaxPathLength: number | undefined;
    /** Validity of the root certificate, days. Default: 3650. */
    rootValidityDays: number;
    /** Validity of the intermediate certificates, days. Default: 365. */
    intermediateValidityDays: number;
    /** How many days before it expires an intermediate is renewed. Default: 90. */
    renewalWindowDays: number;
    /** Whether an intermediate's validity is shortened if it would outlive its root. Default: true. */
    nested: boolean;
    /** Whether cert-chain.pem ends with the root, which proxies then serve twice. Default: false. */
    rootInChain: boolean;
}

/** The names of {@link profiles}. */
export type ProfileName = "default" | "makefile";

/** The profiles to choose from, or to start from: `{ ...profiles.makefile, rootValidityDays: 1825 }`. */
export const profiles: Record<ProfileName, CaProfile> = {
    /** What we advise: CA certificates that sign certificates and CRLs and do nothing else. */
    default: {
        keyAlgorithm: "ECDSA-P256",
        allowedUses: ["cert_signing", "crl_signing"],
        rootMaxPathLength: 1,
        rootValidityDays: 3650,
        intermediateValidityDays: 365,
        renewalWindowDays: 90,
        nested: true,
        rootInChain: false,
    },
    /**
     * The fields of Istio's tools/certs Makefile. The tls provider can give neither the intermediate's `pathlen:0` nor the
     * subject's order (O, CN, L there; O, L, CN here).
     */
    makefile: {
        keyAlgorithm: "RSA-4096",
        allowedUses: ["digital_signature", "content_commitment", "key_encipherment", "cert_signing"],
        rootMaxPathLength: undefined,
        rootValidityDays: 3650,
        intermediateValidityDays: 3650,
        renewalWindowDays: 0,
        nested: false,
        rootInChain: true,
    },
};

/** A whole profile: what a given one leaves out is the default's. */
export function completeProfile(profile: Partial<CaProfile> = {}): CaProfile {
    return { ...profiles.default, ...profile };
}

/**
 * Validity in hours of an intermediate signed now. Where it would outlive the root it is halved until it does not:
 * halving, so that in the root's last years the figure changes a few times and not with every hour.
 */
export function intermediateValidityHours(profile: CaProfile, rootNotAfter: Date, now = new Date()): number {
    const rootHours = (rootNotAfter.getTime() - now.getTime()) / 3_600_000;
    let hours = profile.intermediateValidityDays * 24;
    while (profile.nested && hours > rootHours && hours > 1) {
        hours = Math.floor(hours / 2);
    }
    return hours;
}

/** When the first `up` renews an intermediate, ISO 8601; undefined if none does. */
export function renewalDate(
    profile: CaProfile,
    { notBefore, notAfter }: { notBefore: string; notAfter: string },
): string | undefined {
    const end = Date.parse(notAfter);
    const window = renewalWindowHours(profile, (end - Date.parse(notBefore)) / 3_600_000) * 3_600_000;
    return window > 0 ? new Date(end - window).toISOString() : undefined;
}

/** How many hours before it expires an intermediate is renewed; always less than its validity. */
export function renewalWindowHours(profile: CaProfile, validityHours: number): number {
    return Math.min(profile.renewalWindowDays * 24, Math.floor(validityHours / 2));
}

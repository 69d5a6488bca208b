/**
 * How far back we date what we sign, milliseconds: a cluster whose clock lags behind ours by less accepts it at once. Istio's CA
 * does the same with 2 minutes (istio security/pkg/pki/util/generate_cert.go).
 */
export const clockSkewMs = 10 * 60_000;

/** When the validity of something signed now begins, in whole seconds; never before its issuer's. */
export function backdated(now: Date, issuerNotBefore = new Date(0)): Date {
    const earliest = Math.max(now.getTime() - clockSkewMs, issuerNotBefore.getTime());
    return new Date(Math.floor(earliest / 1000) * 1000);
}

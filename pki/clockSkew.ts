/**
 * How far back we date what we sign, milliseconds: a cluster whose clock is behind ours by less takes it at once. Istio's CA
 * does the same with 2 minutes (istio security/pkg/pki/util/generate_cert.go).
 */
export const clockSkewMs = 10 * 60_000;

/** From when on something signed now is valid, in whole seconds; never before its issuer is. */
export function backdated(now: Date, issuerNotBefore = new Date(0)): Date {
    const earliest = Math.max(now.getTime() - clockSkewMs, issuerNotBefore.getTime());
    return new Date(Math.floor(earliest / 1000) * 1000);
}

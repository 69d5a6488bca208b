/** How long before expiry an alert fires; what is left out is derived from the certificates' lifetimes. */
export interface ExpiryThresholds {
    /** Days before the expiry of the root at which a warning fires. Default: the last tenth of its life, 365 at most. */
    rootWarningDays?: number;
    /** Days before the expiry of the root at which the alert is critical. Default: a quarter of the default of the warning. */
    rootCriticalDays?: number;
    /** Days before the expiry of the intermediate at which a warning fires. Default: two thirds of its renewal window. */
    intermediateWarningDays?: number;
    /** Days before the expiry of the intermediate at which the alert is critical. Default: a third of its renewal window. */
    intermediateCriticalDays?: number;
    /** Hours before the expiry of a workload's certificate at which a warning fires. Default: a third of its lifetime. */
    workloadWarningHours?: number;
    /** Hours before the expiry of a workload's certificate at which the alert is critical. Default: a twelfth of its lifetime. */
    workloadCriticalHours?: number;
}

/** A certificate's validity, and when its renewal window begins if anybody renews it; ISO 8601. */
export interface Validity {
    notBefore: string;
    notAfter: string;
    renewFrom?: string | undefined;
}

/** The lifetime that proxies ask for by default (istio pilot-agent, SECRET_TTL). */
export const defaultWorkloadCertHours = 24;

const day = 86_400_000;

/**
 * Thresholds that leave automation the time to renew, and then enough time for people.
 *
 * - root: the last tenth of its life, a year at most, is for its replacement; critical in the last quarter of that.
 * - intermediate: renewed by an `up` in its renewal window, so a warning when a third of the window is over, critical when
 *   two thirds are. If nobody is known to renew, the window is the last third of its life, 90 days at most.
 * - workload: proxies renew at half of the lifetime, so a warning when a third is left, critical at a twelfth.
 *
 * For the certificates of profile `default`: 365 and 91 days, 60 and 30 days, 8 and 2 hours.
 */
export function expiryThresholds(
    root: Validity,
    intermediate: Validity,
    workloadCertHours = defaultWorkloadCertHours,
): Required<ExpiryThresholds> {
    const replacement = Math.min(365, lifeDays(root) / 10);
    const { notAfter, renewFrom } = intermediate;
    const window = renewFrom
        ? (Date.parse(notAfter) - Date.parse(renewFrom)) / day
        : Math.min(90, lifeDays(intermediate) / 3);
    return {
        rootWarningDays: replacement,
        rootCriticalDays: replacement / 4,
        intermediateWarningDays: (window * 2) / 3,
        intermediateCriticalDays: window / 3,
        workloadWarningHours: workloadCertHours / 3,
        workloadCriticalHours: workloadCertHours / 12,
    };
}

function lifeDays({ notBefore, notAfter }: Validity): number {
    return (Date.parse(notAfter) - Date.parse(notBefore)) / day;
}

import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./properties";
import { certificate, isCaCertificate, types } from "./resources";

interface Config {
    workloadLifetimeHours: number;
}

interface Props {
    caCertPem: string;
    validityPeriodHours: number;
    earlyRenewalHours?: number;
}

/** A certificate that ends before those beneath it, or is renewed too late for them, stops the mesh. */
export const intermediateLifetime: ResourceValidationPolicy = {
    name: "intermediate-lifetime",
    description:
        "An intermediate must expire before its root, and be renewed at least two workload lifetimes before it expires.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            workloadLifetimeHours: {
                type: "number",
                minimum: 0,
                default: 24,
                description: "How long workload certificates live: SECRET_TTL of Istio's proxies.",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        if (resource.type !== types.locallySignedCert || !isCaCertificate(resource)) {
            return;
        }
        const props = resource.props as Props;
        const rootPem = known(() => props.caCertPem);
        const rootEnd = rootPem === undefined ? undefined : certificate(rootPem)?.notAfter;
        const end = hoursFromNow(known(() => props.validityPeriodHours));
        if (rootEnd && end && end > rootEnd) {
            reportViolation(
                `Signed now it would end on ${date(end)}, after its root, which ends on ${date(rootEnd)}. ` +
                    "Lower intermediateValidityDays (validityPeriodHours), or make the next root.",
            );
        }
        const least = 2 * resource.getConfig<Config>().workloadLifetimeHours;
        const window = known(() => props.earlyRenewalHours ?? 0);
        if (window !== undefined && window < least) {
            reportViolation(
                `It is renewed within ${window} hours of its end at the earliest, and workload certificates live up to ` +
                    `${least / 2} hours. Raise renewalWindowDays (earlyRenewalHours) to at least ${least} hours, and run ` +
                    "`pulumi up` more often than that.",
            );
        }
    },
};

function hoursFromNow(hours: number | undefined): Date | undefined {
    return hours === undefined ? undefined : new Date(Date.now() + hours * 3_600_000);
}

function date(time: Date): string {
    return time.toISOString().slice(0, 10);
}

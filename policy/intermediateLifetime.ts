import { X509Certificate } from "node:crypto";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./properties";
import { isCaCertificate, types } from "./resources";

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
        "An intermediate must end before its root, and be renewed two workload lifetimes before its end at the latest.",
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
        const hours = known(() => props.validityPeriodHours);
        if (rootPem !== undefined && hours !== undefined) {
            const rootEnd = new X509Certificate(rootPem).validToDate;
            const end = new Date(Date.now() + hours * 3_600_000);
            if (end > rootEnd) {
                reportViolation(
                    `Signed now it would end on ${date(end)}, after its root, which ends on ${date(rootEnd)}. ` +
                        "Lower intermediateValidityDays (validityPeriodHours), or make the next root.",
                );
            }
        }
        const least = 2 * (resource.getConfig<Partial<Config>>().workloadLifetimeHours ?? 24);
        const windowIsKnown = known(() => props.earlyRenewalHours ?? 0);
        if (windowIsKnown !== undefined && windowIsKnown < least) {
            reportViolation(
                `It is renewed ${windowIsKnown} hours before its end, and workload certificates may live as long. ` +
                    `Raise renewalWindowDays (earlyRenewalHours) to at least ${least} hours, and run \`pulumi up\` more often than that.`,
            );
        }
    },
};

function date(time: Date): string {
    return time.toISOString().slice(0, 10);
}

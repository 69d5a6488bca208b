import type { ResourceValidationPolicy } from "@pulumi/policy";
import { installsIstio, isCacerts, SecretProps } from "./resources";
import { known } from "./properties";

/** Whether this deployment has come upon `cacerts`. */
let seen = false;

/**
 * An istiod that starts without `cacerts` makes a CA of its own. Pulumi shows policies nothing of what it deletes, but what
 * stays, one by one and before anything is deleted: Istio depends on `cacerts`, so that comes first or not at all.
 */
export const cacertsKept: ResourceValidationPolicy = {
    name: "cacerts-kept",
    description: "The Secret cacerts must be there as long as Istio is, and change in place.",
    enforcementLevel: "mandatory",
    validateResource: (resource, reportViolation) => {
        if (resource.type === "pulumi:pulumi:Stack") {
            seen = false;
        }
        if (isCacerts(resource)) {
            seen = true;
            const mutable = known(() => resource.provider?.props["enableSecretMutable"] as unknown);
            if (String(mutable) !== "true") {
                reportViolation(
                    "A change of its data would delete and create it, and an istiod that starts in between generates " +
                        "a CA of its own. Give its Kubernetes provider `enableSecretMutable: true`.",
                );
            }
            if (known(() => (resource.props as SecretProps).immutable) === true) {
                reportViolation("It is immutable, so a renewal would replace it. Remove `immutable`.");
            }
        }
        if (installsIstio(resource) && !seen) {
            reportViolation(
                "Istio is installed without cacerts, or before it: istiod would generate a CA of its own. Keep the Secret " +
                    "cacerts and let this resource depend on it; `pulumi destroy` takes down both, in their order. " +
                    "Where cacerts belongs to another stack, disable this policy.",
            );
        }
    },
};

import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./properties";
import { isCaCertificate, types } from "./resources";

interface Config {
    maxPathLength: number;
}

/** A root that limits the path lets no intermediate make CAs of its own. */
export const pathLength: ResourceValidationPolicy = {
    name: "path-length",
    description: "The root certificate should limit how many CAs may follow it.",
    enforcementLevel: "advisory",
    configSchema: {
        properties: {
            maxPathLength: {
                type: "integer",
                minimum: 1,
                default: 1,
                description: "The greatest maxPathLength that a root may have.",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        if (resource.type !== types.selfSignedCert || !isCaCertificate(resource)) {
            return;
        }
        const greatest = resource.getConfig<Config>().maxPathLength;
        const length = known(() => (resource.props["maxPathLength"] as number | undefined) ?? "none");
        // @pulumi/tls writes none for 0.
        if (length !== undefined && !(typeof length === "number" && length >= 1 && length <= greatest)) {
            reportViolation(
                `maxPathLength is ${length}; allowed: 1 to ${greatest}. Use the profile \`default\`, in other programs ` +
                    "`maxPathLength: 1`. Only a new root can have it: every cluster then needs a new intermediate.",
            );
        }
    },
};

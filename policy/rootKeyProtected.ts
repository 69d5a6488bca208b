import type { StackValidationPolicy } from "@pulumi/policy";
import { isCaCertificate, types } from "./resources";

/** A root that is gone takes the trust of every workload with it. */
export const rootKeyProtected: StackValidationPolicy = {
    name: "root-key-protected",
    description: "The root CA's key and certificate should be protected from deletion and replacement.",
    enforcementLevel: "advisory",
    validateStack: ({ resources }, reportViolation) => {
        const roots = resources.filter((each) => each.type === types.selfSignedCert && isCaCertificate(each));
        for (const root of roots) {
            const keys = root.propertyDependencies["privateKeyPem"] ?? [];
            for (const { name, urn } of [root, ...keys].filter(({ opts }) => !opts.protect)) {
                reportViolation(
                    `${name} is not protected. \`pulumi config set protectRoot true\`, in other programs the option ` +
                        "`protect: true`. `pulumi destroy` then leaves it until `pulumi state unprotect`.",
                    urn,
                );
            }
        }
    },
};

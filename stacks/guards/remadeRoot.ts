import * as pulumi from "@pulumi/pulumi";
import { CaCertificate } from "../../pki/caCertificate";
import { CertificateFacts } from "../../pki/certificate";
import { Refusal } from "../refusal";

/** The roots that a stack made, and those that workloads trust. */
export interface MadeRoots {
    role: "root" | "standalone";
    /** PEM, by name; undefined while it is not known, as at the preview of what is about to be created. */
    made: Record<string, string | undefined>;
    /** By name. */
    trusted: Record<string, CertificateFacts>;
}

/** A root's key that is gone from the state was made again by now, and with it another root of the same name. */
export function rootRemade({ roots }: { roots?: MadeRoots }): Refusal | undefined {
    if (!roots) {
        return undefined;
    }
    const { role, made, trusted } = roots;
    const remade = Object.keys(made).filter(
        (name) =>
            name in trusted &&
            CaCertificate.all(made[name] ?? "")[0]?.fingerprint !== trusted[name]!.fingerprint,
    );
    return remade.length === 0 ? undefined : refusal(role, remade);
}

function refusal(role: MadeRoots["role"], names: string[]): Refusal {
    const stack = pulumi.getStack();
    const gone = "its key or its certificate is gone from this stack's state";
    const backup = `Import a backup of the state: \`pulumi stack import --stack ${stack} --file …\`.`;
    return role === "root"
        ? {
              id: "root-remade",
              found: `Root ${names.join(", ")} is not the one that clusters trust: ${gone}. It signed nothing.`,
              remedy: `${backup} If there is none, create a root in a new stack, name that in the setting rootStack of each cluster, and migrate them: see docs/rotating.md#a-root-key-that-is-lost.`,
          }
        : {
              id: "root-remade",
              found: `The root is not the one that workloads trust: ${gone}.`,
              remedy: `${backup} If there is none and starting again does no harm: \`pulumi destroy --stack ${stack}\`, then \`pulumi up --stack ${stack}\`.`,
          };
}

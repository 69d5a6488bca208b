import * as pulumi from "@pulumi/pulumi";
import { caCertsSecretName } from "../../pki/caFiles";
import type { Change } from "../change";
import { Refusal } from "../refusal";

/** Workloads that still have a certificate of the plugged-in CA would be rejected. */
export async function rootStillUsed(change: Change): Promise<Refusal | undefined> {
    const plan = await change.plan();
    const { root } = await change.lastHere();
    if (!plan || !root || plan.bundle.trusts(root)) {
        return undefined;
    }
    const roots = plan.bundle.roots.map(({ fingerprint }) => fingerprint);
    return {
        id: "root-still-used",
        found: `The trust bundle of ${plan.source} is ${roots.join(", ")} and lacks the root ${root.fingerprint} of the CA that is plugged in. Workloads of ${change.settings.cluster} would reject each other.`,
        remedy: remedyOf(change),
    };
}

/** Workloads that get a certificate of the next CA would be rejected. */
export async function rootNotTrusted(change: Change): Promise<Refusal | undefined> {
    const plan = await change.plan();
    const { plugged } = await change.lastHere();
    const next = plan?.bundle.root;
    return !plan || !next || !plugged || plugged.trusts(next)
        ? undefined
        : {
              id: "root-not-trusted",
              found: `The CA of ${plan.source} is signed by the root ${next.fingerprint}, which the workloads of ${change.settings.cluster} do not trust yet. They would reject each other.`,
              remedy: remedyOf(change),
          };
}

function remedyOf({ settings: { mesh }, last }: Change): string {
    const stack = pulumi.getStack();
    const both =
        "let the trust bundle hold both roots, under the old CA, until every workload trusts the new one";
    if (mesh?.previousCa || last.previousCa) {
        return `\`npm run migrate -- ${stack}\` takes all steps: trust both, sign with this stack's CA, trust it alone.`;
    }
    return mesh
        ? `Either ${both}; or, if the old root is gone for good, \`pulumi config set previousCa istio-system/${caCertsSecretName} --stack ${stack}\` and \`npm run migrate -- ${stack}\` migrate the mesh in steps, and no request fails.`
        : `L${both.slice(1)}. If the old root is gone for good and starting again does no harm: \`pulumi destroy --stack ${stack}\`, then \`npm run up\`.`;
}

import * as pulumi from "@pulumi/pulumi";
import { Certificate } from "../../pki/certificate";
import { ClusterSettings } from "../../config/settings";
import type { Change } from "../change";
import { Refusal } from "../refusal";
import { isComplete, signedGeneration } from "../signer";
import { clusterRenamed, roleChanged } from "./role";

/** A CA that is plugged in stays until another takes its place. */
export async function certificateWithdrawn(change: Change): Promise<Refusal | undefined> {
    const { ca, csr } = change.last;
    const settings = asksSigner(change);
    if (!settings || !ca) {
        return undefined;
    }
    const { cluster, signer } = settings;
    const offered = await change.offer();
    if (typeof signer !== "string") {
        return isComplete(offered)
            ? undefined
            : {
                  id: "certificate-withdrawn",
                  found: `The settings certificate and trustBundle are empty, but the CA ${ca.fingerprint} is plugged in.`,
                  remedy: "Set them to the files of the outside signer again, or take this mesh down by `pulumi destroy`.",
              };
    }
    return csr && isComplete(offered)
        ? undefined
        : {
              id: "certificate-withdrawn",
              found: `Stack ${signer} no longer holds a certificate for cluster ${cluster}, whose CA ${ca.fingerprint} is plugged in.`,
              remedy: `Name ${cluster} in its setting clusters and run \`pulumi up\` there, or take this mesh down by \`pulumi destroy\`.`,
          };
}

/** A certificate of an outside signer must be for a key of this stack. */
export async function keyMismatch(change: Change): Promise<Refusal | undefined> {
    const settings = asksSigner(change);
    if (!settings || typeof settings.signer === "string" || !change.last.csr) {
        return undefined;
    }
    const offered = await change.offer();
    if (!isComplete(offered) || signedGeneration(offered.certificate.pem, change.last) !== undefined) {
        return undefined;
    }
    const { subject, fingerprint } = Certificate.all(offered.certificate.pem)[0]!;
    return {
        id: "key-mismatch",
        found: `The certificate ${fingerprint} (${subject}) in the file that the setting certificate names is for a key that is not this stack's.`,
        remedy: `Have the request of ${settings.cluster} signed: \`npm run csr -- ${pulumi.getStack()}\` prints it.`,
    };
}

/** A stack keeps the key of the generation that is plugged in and of the one that it asks for. */
export async function generationGone(change: Change): Promise<Refusal | undefined> {
    const { ca } = change.last;
    const settings = asksSigner(change);
    return settings && ca && settings.generation < ca.generation && (await change.signed())
        ? {
              id: "generation-gone",
              found: `The setting generation is ${settings.generation}, but generation ${ca.generation} is plugged in and the keys of earlier generations are gone.`,
              remedy: `Set generation to ${ca.generation}, or to ${ca.generation + 1} for a new key.`,
          }
        : undefined;
}

/** The settings of a stack that asks a signer; under a role or name that is refused, the signer has nothing for it. */
function asksSigner(change: Change): ClusterSettings | undefined {
    const { settings } = change;
    return settings.role === "cluster" && !roleChanged(change) && !clusterRenamed(change)
        ? settings
        : undefined;
}

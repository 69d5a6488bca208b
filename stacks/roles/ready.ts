import * as pulumi from "@pulumi/pulumi";
import { ReadySettings } from "../../config/settings";
import { Change } from "../change";
import { refuseChange } from "../guards/clusterChain";
import { refuse } from "../guards/guard";
import { byKeys } from "../guards/keyChain";
import { mesh } from "../mesh";
import { ClusterOutputs, Exported, lastOutputs, readyStatus } from "../outputs";

/** What the stack of a ready CA exports; all public. */
export type ReadyOutputs = Omit<ClusterOutputs, "csr" | "ca"> & { ca: ClusterOutputs["root"] };

/** One cluster under a CA that somebody else made, key and all: by Istio's Makefile, openssl, Vault or step-ca. */
export async function readyProgram(settings: ReadySettings): Promise<Exported<ReadyOutputs>> {
    const { cluster, expiryGuardDays } = settings;
    const change = new Change(settings, await lastOutputs());
    await refuseChange(change);
    const [own, plan] = [(await change.own())!, (await change.plan())!];
    const { facts } = own.bundle.ca;
    const expiring = { what: `the CA in ${own.source}`, ...facts, remedy: "Have whoever made it renew it." };
    await refuse(byKeys, { expiring, expiryGuardDays });
    const { bundle, previous } = plan;
    const { files } = bundle;
    const privateKeyPem = pulumi.secret(previous?.privateKeyPem ?? own.privateKeyPem!);
    const ca = { files: pulumi.output(files), privateKeyPem, keep: previous?.keep };
    return {
        status: readyStatus,
        ca: facts,
        root: bundle.root!.facts,
        files,
        ...(previous && { previousCa: previous.facts }),
        ...(settings.mesh && mesh(cluster, ca, settings.mesh, await change.identity())),
    };
}

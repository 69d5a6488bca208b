import { readAccess } from "../../config/access";
import { readMigrationStage, refuseFormerCa } from "../../config/previousCa";
import type { ConfigReader } from "../../config/reader";
import { readSigningStack } from "../../config/signer";
import { CaBundle } from "../../pki/caBundle";
import { PublicFiles } from "../../pki/caFiles";
import { CertificateFacts } from "../../pki/certificate";
import { MigrationStage, previousSigns } from "../../pki/previousCa";
import { readLiveMesh } from "../../kube/liveMesh";
import { Project, StackEntry } from "../project/project";
import { stackOutputs } from "../project/stackOutputs";

/** The settings of a migration under way. */
interface MigrationSettings {
    previousCa: string | undefined;
    migration: MigrationStage | undefined;
}

/** The settings if no mesh migrates. */
export const noMigration: MigrationSettings = { previousCa: undefined, migration: undefined };

/** How far a mesh has migrated from its previous CA to its stack's, after the stack's last `up`. */
export interface Migration {
    stage: MigrationStage;
    /** The Secret with the previous CA, namespace/name; undefined if it is no longer needed. */
    previousCa: string | undefined;
    /** Whether nothing of the stack is plugged in yet. */
    fresh: boolean;
    /** Whether the settings say the same: otherwise a step was written and not taken. */
    settled: boolean;
}

/**
 * How far the mesh of a stack has migrated; undefined if it trusts its stack's CA alone. One that has not begun migrates from the CA
 * that istiod signs with. Nothing is written.
 *
 * @param back - whether a step that was written and not taken leads back
 * @throws Error if there is nothing to migrate, or the settings do not say who installs Istio.
 */
export async function readMigration(
    project: Project,
    name: string,
    back: boolean,
): Promise<Migration | undefined> {
    const reader = await project.reader(name);
    refuseFormerCa(reader);
    const wanted = readMigrationStage(reader);
    reader.throwFaults();
    const { files, ...outputs } = await stackOutputs(project, name);
    const previous = outputs.previousCa ?? outputs.formerCa;
    const named = reader.text("previousCa");
    if (files && !previous && named === undefined) {
        return undefined;
    }
    if (!files && !["adopt", "external"].includes(reader.text("istio") ?? "")) {
        throw new Error(
            `Stack ${name}: its setting istio must say who installs Istio from now on: adopt, this stack, by istioctl with istioProfile, istioSet and istioOperator, which must be what the mesh was installed with; or external, somebody else.`,
        );
    }
    if (!files && back && named !== undefined && reader.text("migration") !== undefined) {
        // Its first step was written, and perhaps taken in part.
        return { stage: "trust-both", previousCa: named, fresh: false, settled: false };
    }
    if (!files || (!previous && wanted !== "trust-own")) {
        const previousCa = named ?? (await liveCa(reader));
        return { stage: "trust-previous", previousCa, fresh: true, settled: false };
    }
    const stage = previous ? stageOf(files, previous, back || wanted !== "trust-previous") : "trust-own";
    const secret = named ?? (previousSigns(stage) ? await liveCa(reader) : undefined);
    return { stage, previousCa: secret, fresh: false, settled: stage === wanted };
}

/** The settings for a stage: none if the previous CA is no longer trusted and the name of its Secret is gone. */
export function settingsOf({ previousCa }: Migration, stage: MigrationStage): MigrationSettings {
    return previousCa === undefined ? noMigration : { previousCa, migration: stage };
}

/** The clusters below stack root whose CAs it has not signed yet. */
export async function unsigned(project: Project, entries: StackEntry[]): Promise<string[]> {
    const found = await project.each(entries, async ({ name, role, generation }) => {
        const root = role === "cluster" ? await signingStack(project, name) : undefined;
        if (root === undefined || !entries.some((entry) => entry.name === root)) {
            return [];
        }
        const { csr } = await stackOutputs(project, name);
        const { certificates } = await stackOutputs(project, root);
        const signed = csr?.generation === generation && certificates?.[name]?.generation === generation;
        return signed ? [] : [name];
    });
    return found.flat();
}

/**
 * The stage of a mesh that still trusts the previous CA. If that signs and brought several roots itself, the settings decide; if they
 * are wrong, a step is taken twice, which changes nothing.
 *
 * @param ownTrusted - whether the settings have this stack's CA trusted
 */
function stageOf(files: PublicFiles, previous: CertificateFacts, ownTrusted: boolean): MigrationStage {
    const { ca, roots } = CaBundle.parse(files)!;
    if (ca.fingerprint !== previous.fingerprint) {
        return "sign-own";
    }
    return roots.length > 1 && ownTrusted ? "trust-both" : "trust-previous";
}

/** The stack that signs for a cluster; undefined if an outside signer does. */
export async function signingStack(project: Project, name: string): Promise<string | undefined> {
    const reader = await project.reader(name);
    return reader.text("role") === "cluster" ? readSigningStack(reader) : undefined;
}

async function liveCa(reader: ConfigReader): Promise<string> {
    const { kubeconfig, context } = readAccess(reader, "set deploy to false");
    reader.throwFaults();
    const mesh = await readLiveMesh(kubeconfig, context);
    if (!mesh?.ca) {
        throw new Error(
            mesh
                ? `Stack ${reader.stack}: istiod signs with a CA that is in neither Secret cacerts nor istio-ca-secret. Name its Secret in the setting previousCa.`
                : `Stack ${reader.stack}: there is no mesh in context ${context} that could be migrated. \`npm run up -- ${reader.stack}\` makes one.`,
        );
    }
    return mesh.ca.secret;
}

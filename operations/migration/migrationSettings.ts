import pMap from "p-map";
import { readAccess } from "../../config/mesh";
import type { ConfigReader } from "../../config/reader";
import { readSigningStack } from "../../config/signer";
import { CaBundle } from "../../pki/caBundle";
import { PublicFiles } from "../../pki/caFiles";
import { CertificateFacts } from "../../pki/certificate";
import { formerCaName, ownCaName } from "../../pki/formerCa";
import { readLiveMesh } from "../../kube/liveMesh";
import { Project, StackEntry } from "../project/project";
import { Roots, same } from "../rotation/rotationSteps";
import { stackOutputs } from "../project/stackOutputs";

/** A move's settings, while there are any. */
interface MoveSettings {
    formerCa: string | undefined;
    roots: string[] | undefined;
    signingRoot: string | undefined;
}

/** The settings where no mesh moves. */
export const noMove: MoveSettings = { formerCa: undefined, roots: undefined, signingRoot: undefined };
const former: Roots = { roots: [formerCaName], signingRoot: formerCaName };
const both: Roots = { roots: [formerCaName, ownCaName], signingRoot: formerCaName };
const own: Roots = { roots: [ownCaName], signingRoot: ownCaName };

/** Where a mesh stands between its former CA and its stack's, as the stack's last `up` left it. */
export interface Move extends Roots {
    /** The Secret with the former CA, namespace/name; undefined where it is needed no more. */
    formerCa: string | undefined;
    /** Whether nothing of the stack is plugged in yet. */
    fresh: boolean;
    /** Whether the settings say the same: else a step was written and not taken. */
    settled: boolean;
}

/**
 * Where the mesh of a stack stands; undefined where it has moved. One that has not begun is to move from the CA that istiod
 * signs with. Nothing is written.
 *
 * @param back - whether a step that was written and not taken leads back
 * @throws Error where there is nothing to move, or who installs Istio is not said.
 */
export async function readMove(project: Project, name: string, back: boolean): Promise<Move | undefined> {
    const reader = await project.reader(name);
    const { files, formerCa } = await stackOutputs(project, name);
    const named = reader.text("formerCa");
    if (files && !formerCa && named === undefined) {
        return undefined;
    }
    if (!files && !["adopt", "external"].includes(reader.text("istio") ?? "")) {
        throw new Error(
            `Stack ${name}: say in its setting istio who installs Istio from now on: adopt, this stack, by istioctl with istioProfile, istioSet and istioOperator, which are to be what the mesh was installed with; or external, somebody else.`,
        );
    }
    if (!files && back && named !== undefined && reader.text("roots") !== undefined) {
        // Its first step was written, and perhaps taken in part.
        return { ...both, formerCa: named, fresh: false, settled: false };
    }
    const wanted = wantedRoots(reader);
    if (!files || (!formerCa && !same(wanted, own))) {
        return { ...former, formerCa: named ?? (await liveCa(reader)), fresh: true, settled: false };
    }
    const standing = formerCa ? trusted(files, formerCa, wanted, back) : own;
    const secret = named ?? (standing.signingRoot === formerCaName ? await liveCa(reader) : undefined);
    return { ...standing, formerCa: secret, fresh: false, settled: same(standing, wanted) };
}

/** The settings for a stand of a mesh: none where nothing is left of the former CA, nor of its Secret's name. */
export function moveSettings({ formerCa }: Move, { roots, signingRoot }: Roots): MoveSettings {
    return formerCa === undefined ? noMove : { formerCa, roots, signingRoot };
}

/** Of the clusters that stack root signs for, those whose CA it has not signed. */
export async function unsigned(project: Project, entries: StackEntry[]): Promise<string[]> {
    const found = await pMap(entries, async ({ name, role, generation }) => {
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

/** What the settings say; where they say nothing of a former CA, this stack's alone is meant. */
function wantedRoots(reader: ConfigReader): Roots {
    if (reader.text("formerCa") === undefined) {
        return own;
    }
    const given = reader.list("roots") ?? [];
    const roots = given.length > 0 ? given : [formerCaName, ownCaName];
    return { roots, signingRoot: reader.text("signingRoot") ?? roots[0]! };
}

/**
 * Which of the two CAs a mesh trusts that still trusts the former one. Where that signs and brought several roots itself, the
 * settings decide; if they are wrong, a step is taken twice, which changes nothing.
 */
function trusted(files: PublicFiles, formerCa: CertificateFacts, wanted: Roots, back: boolean): Roots {
    const { ca, roots } = CaBundle.parse(files)!;
    const signs = ca.fingerprint === formerCa.fingerprint ? formerCaName : ownCaName;
    const several = roots.length > 1;
    const two = signs === ownCaName || (several && (back || !same(wanted, former)));
    return { roots: two ? both.roots : former.roots, signingRoot: signs };
}

/** The stack that signs for a cluster; undefined where it is none of this project. */
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
                ? `Stack ${reader.stack}: istiod signs with a CA that is in neither Secret cacerts nor istio-ca-secret. Name its Secret in the setting formerCa.`
                : `Stack ${reader.stack}: there is no mesh in context ${context} that could be moved. \`npm run up -- ${reader.stack}\` makes one.`,
        );
    }
    return mesh.ca.secret;
}

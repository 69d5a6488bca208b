import { readClusters, readRoots } from "../../config/root";
import { caCertFile, rootCertFile } from "../../pki/caFiles";
import { Certificate } from "../../pki/certificate";
import { Project } from "../project/project";
import { StackOutputs, stackOutputs } from "../project/stackOutputs";
import { refuseProgram } from "./rotate";
import { standingRoots } from "./rotationSettings";
import { resumedRoots, rollbackSteps, rotationSteps, same } from "./rotationSteps";

/**
 * Writes the next step of a rotation into the settings of stack root, for somebody to look at. The next `up`
 * of all stacks takes it. Reads outputs alone, so that neither a passphrase nor a cluster is needed.
 *
 * @returns the step's title
 * @throws Error if the current step has not been taken in root and all of its clusters. Whether every proxy has picked it up is
 * for `npm run verify` to say.
 */
export async function proposeStep(
    project: Project,
    rootName: string,
    { to, back = false }: { to?: string; back?: boolean } = {},
): Promise<string> {
    refuseProgram(project, rootName);
    const reader = project.fileReader(rootName);
    const wanted = readRoots(reader);
    const clusters = readClusters(reader);
    reader.throwFaults();
    const standing = await standingRoots(project, rootName);
    const behind =
        standing && same(standing, wanted) ? await clustersBehind(project, rootName, clusters) : [rootName];
    if (!standing || (behind.length > 0 && !back)) {
        throw new Error(
            `The settings of stack ${rootName} have roots ${wanted.roots.join(", ")}, signed by ${wanted.signingRoot}, which ${behind.join(", ")} ${behind.length === 1 ? "has" : "have"} not taken. Bring the stacks up first (\`npm run up\`), then propose the next step.`,
        );
    }
    const [step] = back ? rollbackSteps(resumedRoots(standing, wanted)) : rotationSteps(standing, to);
    const { title, roots, signingRoot } = step!;
    const settings = project.settings(rootName);
    settings.replace(settings.with({ roots, signingRoot }));
    return title;
}

/** The clusters that have not plugged in what root has signed for them, or do not trust the roots that root names. */
async function clustersBehind(project: Project, rootName: string, clusters: string[]): Promise<string[]> {
    const root = await stackOutputs(project, rootName);
    const trusted = fingerprints(root.trustBundle);
    const outputs = await project.each(
        clusters,
        async (name) => [name, await stackOutputs(project, name)] as const,
    );
    return outputs
        .filter(
            ([name, own]) =>
                fingerprints(own.files?.[rootCertFile]) !== trusted || !pluggedIn(own, root, name),
        )
        .map(([name]) => name);
}

function pluggedIn({ files }: StackOutputs, { certificates }: StackOutputs, name: string): boolean {
    return fingerprints(files?.[caCertFile]) === fingerprints(certificates?.[name]?.pem);
}

function fingerprints(pem: string | undefined): string {
    return Certificate.all(pem ?? "")
        .map(({ fingerprint }) => fingerprint)
        .sort()
        .join();
}

import { readClusters } from "../config/root";
import { readSigningStack } from "../config/signer";
import { rootCertFile } from "../pki/caFiles";
import { Certificate } from "../pki/certificate";
import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/**
 * Refuses to take down a root while clusters have CAs below it: without the root's key, nobody can sign for them again.
 *
 * @param leaving - the stacks that are taken down before the root
 * @throws Error naming the clusters, with or without settings, and what to do.
 */
export async function refuseClustersBelow(
    project: Project,
    root: string,
    leaving: string[] = [],
): Promise<void> {
    const remaining = (await clustersBelow(project, root)).filter((name) => !leaving.includes(name));
    if (remaining.length > 0) {
        const all = [...remaining, ...leaving.filter((name) => name !== root), root];
        throw new Error(
            `Stack ${root} is not taken down: ${remaining.join(", ")} still ${remaining.length > 1 ? "have CAs" : "has a CA"} below it, and its key would be lost for good. Take ${remaining.length > 1 ? "them" : "it"} down first, or together: \`npm run destroy -- ${all.join(" ")}\`.`,
        );
    }
}

/** The stacks with a CA below a root: those that it signs for, those that name it, and those that trust it. */
async function clustersBelow(project: Project, root: string): Promise<string[]> {
    const { certificates = {}, roots = {} } = await stackOutputs(project, root);
    const fingerprints = Object.values(roots).map((facts) => facts.fingerprint);
    const named = new Set([...Object.keys(certificates), ...signedFor(project, root)]);
    const others = (await project.existing()).map(({ name }) => name).filter((name) => name !== root);
    const found = await project.each(others, async (name) => {
        const { ca, files } = await stackOutputs(project, name);
        const trusted = Certificate.all(files?.[rootCertFile] ?? "").map(({ fingerprint }) => fingerprint);
        const below = named.has(name) || trusted.some((each) => fingerprints.includes(each));
        return (ca || files) && below ? [name] : [];
    });
    return found.flat().sort();
}

/** The clusters that the root's settings name, and those whose settings name the root. */
function signedFor(project: Project, root: string): string[] {
    const stacks = project.stacks();
    const clusters = stacks.some(({ name }) => name === root) ? readClusters(project.fileReader(root)) : [];
    const theirs = stacks.filter(({ name, role }) => {
        const signer = role === "cluster" ? readSigningStack(project.fileReader(name)) : undefined;
        return signer?.split("/").at(-1) === root;
    });
    return [...clusters, ...theirs.map(({ name }) => name)];
}

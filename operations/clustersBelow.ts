import pMap from "p-map";
import { readClusters } from "../config/root";
import { readSigningStack } from "../config/signer";
import { rootCertFile } from "../pki/caFiles";
import { Certificate } from "../pki/certificate";
import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/**
 * A root stays as long as a cluster stands on it: without its key nobody signs for the cluster again.
 *
 * @param leaving - the stacks that are taken down before it
 * @throws Error naming the clusters, whether they have settings or not, and what to do.
 */
export async function refuseClustersBelow(
    project: Project,
    root: string,
    leaving: string[] = [],
): Promise<void> {
    const standing = (await clustersBelow(project, root)).filter((name) => !leaving.includes(name));
    if (standing.length > 0) {
        const all = [...standing, ...leaving.filter((name) => name !== root), root];
        throw new Error(
            `Stack ${root} stays: ${standing.join(", ")} still ${standing.length > 1 ? "hold CAs" : "holds a CA"} below it, and its key would be gone for good. Take them down first or with it: \`npm run destroy -- ${all.join(" ")}\`.`,
        );
    }
}

/** The stacks with a CA below a root: those that root signs for, those that name it, and those that trust it. */
async function clustersBelow(project: Project, root: string): Promise<string[]> {
    const { certificates = {}, roots = {} } = await stackOutputs(project, root);
    const fingerprints = Object.values(roots).map((facts) => facts.fingerprint);
    const named = new Set([...Object.keys(certificates), ...signedFor(project, root)]);
    const others = (await project.existing()).map(({ name }) => name).filter((name) => name !== root);
    const found = await pMap(others, async (name) => {
        const { ca, files } = await stackOutputs(project, name);
        const trusted = Certificate.all(files?.[rootCertFile] ?? "").map(({ fingerprint }) => fingerprint);
        const below = named.has(name) || trusted.some((each) => fingerprints.includes(each));
        return (ca || files) && below ? [name] : [];
    });
    return found.flat().sort();
}

/** Those that settings name, on either side. */
function signedFor(project: Project, root: string): string[] {
    const stacks = project.stacks();
    const clusters = stacks.some(({ name }) => name === root) ? readClusters(project.fileReader(root)) : [];
    const theirs = stacks.filter(({ name, role }) => {
        const signer = role === "cluster" ? readSigningStack(project.fileReader(name)) : undefined;
        return signer?.split("/").at(-1) === root;
    });
    return [...clusters, ...theirs.map(({ name }) => name)];
}

import { readClusters, readRoots } from "../../config/root";
import { rootCertFile } from "../../pki/caFiles";
import { Certificate } from "../../pki/certificate";
import { Project } from "../project/project";
import { Roots } from "./rotationSteps";
import { stackOutputs } from "../project/stackOutputs";

/** The roots that the settings of stack root ask for, and the clusters that trust them. */
export async function wantedRoots(
    project: Project,
    rootName: string,
): Promise<Roots & { clusters: string[] }> {
    const reader = await project.reader(rootName);
    const wanted = { ...readRoots(reader), clusters: readClusters(reader) };
    reader.throwFaults();
    return wanted;
}

/** The roots of a stack root after its last `up`, in the order of its trust bundle; undefined if there was no `up`. */
export async function standingRoots(project: Project, rootName: string): Promise<Roots | undefined> {
    const { roots, root, trustBundle } = await stackOutputs(project, rootName);
    const bundle = Certificate.all(trustBundle ?? "").map(({ fingerprint }) => fingerprint);
    const place = (name: string) => bundle.indexOf(roots![name]!.fingerprint);
    const names = Object.keys(roots ?? {}).sort((one, other) => place(one) - place(other));
    const signingRoot = names.find((name) => roots![name]!.fingerprint === root?.fingerprint);
    return signingRoot === undefined ? undefined : { roots: names, signingRoot };
}

/** Whether any of these stacks, root or cluster, still trusted more than one root after its last `up`. */
export async function trustSeveral(project: Project, stacks: string[]): Promise<boolean> {
    const bundles = await project.each(stacks, async (name) => {
        const { trustBundle, files } = await stackOutputs(project, name);
        return trustBundle ?? files?.[rootCertFile] ?? "";
    });
    return bundles.some((pem) => Certificate.all(pem).length > 1);
}

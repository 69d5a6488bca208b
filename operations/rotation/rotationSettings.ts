import { readDeploy } from "../../config/cluster";
import { readVerification } from "../../config/verification";
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

/**
 * For how many seconds the proxies of each cluster may lag behind.
 *
 * @throws Error if a cluster's proxies are not verified: it would pass every gate.
 */
export async function verificationLimits(project: Project, clusters: string[]): Promise<Map<string, number>> {
    const settings = await project.each(clusters, async (name) => {
        const reader = await project.reader(name);
        const { enabled, timeoutSeconds } = readVerification(reader);
        const seen = readDeploy(reader) && enabled;
        reader.throwFaults();
        return { name, seen, seconds: timeoutSeconds };
    });
    const unseen = settings.filter(({ seen }) => !seen).map(({ name }) => name);
    if (unseen.length > 0) {
        throw new Error(
            `The proxies of ${unseen.join(", ")} are not verified, because deploy or verification is false. Set both to true, or change roots and signingRoot by hand, step by step.`,
        );
    }
    return new Map(settings.map(({ name, seconds }) => [name, seconds]));
}

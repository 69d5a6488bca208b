import { readDeploy } from "../config/cluster";
import { readVerification } from "../config/verification";
import type { Project } from "./project/project";

/**
 * For how many seconds the proxies of each cluster may lag behind.
 *
 * @throws Error if a cluster's proxies are not verified: it would pass every gate.
 */
export async function verificationLimits(project: Project, clusters: string[]): Promise<Map<string, number>> {
    const limits = await limitsOfVerified(project, clusters);
    const unseen = clusters.filter((name) => !limits.has(name));
    if (unseen.length > 0) {
        throw new Error(
            `The proxies of ${unseen.join(", ")} are not verified, because deploy or verification is false. Set both to true, or change roots and signingRoot by hand, step by step.`,
        );
    }
    return limits;
}

/** The same, without the clusters whose proxies are not verified. */
export async function limitsOfVerified(project: Project, clusters: string[]): Promise<Map<string, number>> {
    const settings = await project.each(clusters, async (name) => {
        const reader = await project.reader(name);
        const { enabled, timeoutSeconds } = readVerification(reader);
        const seen = readDeploy(reader) && enabled;
        reader.throwFaults();
        return seen ? [[name, timeoutSeconds] as const] : [];
    });
    return new Map(settings.flat());
}

import { CaBundle } from "../pki/caBundle";
import { notAsLastUp } from "./changes/lastUpdate";
import { stackState } from "./changes/stackState";
import { DetailedError } from "./errors";
import { inParallel } from "./inParallel";
import type { Task } from "./progress";
import { byRole, Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";
import { verify } from "./verify";

/** Which clusters a proof is about. */
export interface LinkProofOptions {
    /** Those that were brought up, and for how many seconds the proxies of each may lag behind. */
    limits: Map<string, number>;
    /** Those that nothing is expected of. */
    without?: string[];
    /** Those of later waves. Of them, nothing is expected of one whose last `up` failed or was killed. */
    later?: string[];
    /** Whether clusters whose CAs reject each other are not asked: while they migrate, they may. Default: false. */
    mayReject?: boolean;
}

/**
 * A task that proves by requests that linked clusters trust each other; none if nothing links any of the clusters that were brought
 * up.
 */
export async function proveLinks(
    project: Project,
    { limits, without = [], later = [], mayReject = false }: LinkProofOptions,
): Promise<Task[]> {
    const links = await linksOf(project, [...limits.keys()]);
    const limitSeconds = Math.max(...limits.values());
    const matrices = Object.entries(links).map(([mesh, clusters]): Task => {
        let leftOut: string[] = [];
        return {
            title: mesh,
            skip: async () => {
                const linked = clusters.filter((name) => later.includes(name));
                leftOut = [...without, ...(await begunBefore(project, linked))];
                const left = clusters.filter((name) => !leftOut.includes(name));
                return left.length < 2
                    ? `without ${leftOut.join(", ")} there are no two clusters`
                    : mayReject
                      ? rejection(project, left)
                      : undefined;
            },
            run: async (below) => {
                if (leftOut.length > 0) {
                    below.report(`without ${leftOut.join(", ")}`);
                }
                const { output, exitCode } = await verify(project, mesh, { limitSeconds, without: leftOut });
                if (exitCode !== 0) {
                    throw new DetailedError(
                        "finds clusters that do not trust each other",
                        `Stack ${mesh}:\n${output}`,
                    );
                }
            },
        };
    });
    const task: Task = {
        title: "Prove the trust between clusters",
        run: (below) => inParallel(below, matrices, project.parallel),
    };
    return matrices.length > 0 ? [task] : [];
}

/** The stacks that link any of these clusters, each with the stacks of all clusters that it links. */
async function linksOf(project: Project, brought: string[]): Promise<Record<string, string[]>> {
    const { meshes } = byRole(project.stacks());
    if (meshes.length === 0 || brought.length === 0) {
        return {};
    }
    const existing = (await project.existing()).map(({ name }) => name);
    const found = await project.each(
        meshes.filter(({ name }) => existing.includes(name)),
        async ({ name }) => {
            const { links = {} } = await stackOutputs(project, name);
            return [name, Object.values(links).map(({ stack }) => stack)] as const;
        },
    );
    return Object.fromEntries(found.filter(([, linked]) => linked.some((name) => brought.includes(name))));
}

/**
 * Which of these clusters have begun an `up` that failed or was killed. They may be ahead of what they have exported, so nothing can
 * be expected of them before a later wave brings them up.
 */
async function begunBefore(project: Project, clusters: string[]): Promise<string[]> {
    const begun = await project.each(clusters, async (name) =>
        (await notAsLastUp(project, name, await stackState(project, name))) === undefined ? [] : [name],
    );
    return begun.flat();
}

/** Which of these clusters rejects another, by what they have exported; undefined if none does. */
async function rejection(project: Project, clusters: string[]): Promise<string | undefined> {
    const bundles = await project.each(clusters, async (name) => {
        const { files } = await stackOutputs(project, name);
        const bundle = files && CaBundle.parse(files);
        return bundle ? [{ name, bundle }] : [];
    });
    const members = bundles.flat();
    const rejections = members.flatMap(({ name, bundle: { roots } }) =>
        members
            .filter(({ bundle }) => bundle.faultUnder(roots) !== undefined)
            .map((rejected) => `${name} rejects ${rejected.name}`),
    );
    return rejections.length > 0 ? `${rejections.join(", ")}, until all of them have moved` : undefined;
}

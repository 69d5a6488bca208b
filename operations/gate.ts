import { DetailedError, message } from "./errors";
import { proveLinks } from "./linkProof";
import type { Outcomes } from "./outcomes";
import { Progress, silent } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { waitForProxies } from "./proxies";
import { signAndPlugIn } from "./signAndPlugIn";
import { Walk } from "./walk";
import type { Waves } from "./waves/waves";

/** What to bring up, and whose proxies to watch. */
export interface Gate {
    title: string;
    /** Root and clusters; empty to only look at the proxies. */
    stacks: StackEntry[];
    /** The clusters, and for how many seconds the proxies of each may lag behind. */
    limits: Map<string, number>;
    /** Learns what became of each stack. */
    outcomes?: Outcomes;
    /** Clusters that nothing is expected of; undefined if none can be left out. */
    without?: string[];
    /** Clusters of later waves. Default: none. */
    later?: string[];
    /** Whether linked clusters may still reject each other, as during a migration. Default: false. */
    mayReject?: boolean;
}

/**
 * Brings stacks up, root and clusters, and waits until every proxy of every cluster has picked up the change. The cluster's own
 * `up` verifies what it changes; if it had nothing to change, a separate verification follows. Last, the clusters that are linked
 * must be seen to trust each other.
 *
 * @throws DetailedError if an `up` fails, proxies lag behind, or clusters do not trust each other, naming them.
 */
export async function bringUpAndSee(
    project: Project,
    gate: Gate,
    progress: Progress = silent,
): Promise<void> {
    const { title, stacks, limits, outcomes, without } = gate;
    const verified = new Set<string>();
    const tasks = [
        ...signAndPlugIn(new Walk(project, { outcomes }), stacks, (name) => verified.add(name)),
        ...waitForProxies(project, limits, verified, outcomes),
        ...(await proveLinks(project, gate)),
    ];
    try {
        await progress.inTurn([{ title, run: (below) => below.inTurn(tasks) }]);
    } catch (error) {
        const details = error instanceof DetailedError ? error.details : message(error);
        const away = without
            ? " If a cluster cannot be reached, --without <cluster> continues without it, and says first what follows."
            : "";
        const todo = `The next step was not taken. Fix what is named above, then run this again, or undo the steps with --back.${away}`;
        throw new DetailedError(message(error), `${details}\n\n${todo}`);
    }
}

/**
 * Takes a step through all clusters, wave by wave. The stacks that sign are brought up with the first wave. Afterwards the proxies of
 * every cluster have picked up the change.
 *
 * @param take - brings up the stacks of a wave, and waits for their proxies
 */
export async function takeByWave(
    project: Project,
    waves: Waves,
    gate: Gate,
    take: (gate: Gate) => Promise<void>,
): Promise<void> {
    const { title, stacks, limits, outcomes } = gate;
    const { roots, clusters } = byRole(stacks);
    outcomes?.expect(stacks.map(({ name }) => name));
    let signing = roots;
    let later = clusters.map(({ name }) => name);
    await waves.each(clusters, {
        needs: (wave) => new Walk(project).needAny(wave),
        take: async (wave, which) => {
            later = later.filter((left) => wave.every(({ name }) => name !== left));
            const ofWave = [...limits].filter(([limited]) => wave.some(({ name }) => name === limited));
            await take({
                ...gate,
                title: which ? `${title}. ${which}` : title,
                stacks: [...signing, ...wave],
                limits: new Map(ofWave),
                later,
            });
            signing = [];
        },
    });
}

import { bringUpAndSee, takeByWave } from "../gate";
import type { Outcomes } from "../outcomes";
import type { Progress } from "../progress";
import { chosen, Project } from "../project/project";
import { refusePrograms } from "../programs";
import { verificationLimits } from "../verificationLimits";
import { WaveOptions, Waves } from "../waves/waves";
import { leaveBehind, WithoutOptions } from "../without";
import { resumedRoots, rollbackSteps, rotationSteps, same } from "./rotationSteps";
import { standingRoots, trustSeveral, wantedRoots } from "./rotationSettings";

interface Options extends WaveOptions, WithoutOptions {
    to?: string;
    back?: boolean;
    /** Asks before each step, and shows its preview. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    progress?: Progress;
    /** Learns what became of each stack in the last step. */
    outcomes?: Outcomes;
    /** Brings stacks up and waits for their proxies. */
    bringUp?: typeof bringUpAndSee;
}

/**
 * Replaces the root CA of stack root, step by step through all of its clusters, each step wave by wave. A step is complete when every
 * proxy of every cluster has picked it up. The settings change only after the user has agreed to a step. If the command is killed after it has
 * written a step and before it has taken it, the next run asks for that step again.
 *
 * @returns whether the user agreed to every step
 * @throws Error if a step fails or proxies lag behind: the settings stay at that step.
 */
export async function rotate(project: Project, rootName: string, options: Options = {}): Promise<boolean> {
    const { to, back = false, ask, progress, outcomes, without = [], bringUp = bringUpAndSee } = options;
    refuseProgram(project, rootName);
    const waves = new Waves(project, options);
    const { clusters: all, ...wanted } = await wantedRoots(project, rootName);
    const names = [rootName, ...all.filter((name) => !without.includes(name))];
    const entries = chosen(project, names);
    await project.requireTools(entries);
    await project.unlock(names);
    const clusters = await leaveBehind(project, rootName, all, options);
    if (!clusters) {
        return false;
    }
    without.forEach((name) => outcomes?.note(name, "left"));
    const limits = await verificationLimits(project, clusters);
    const standing = (await standingRoots(project, rootName)) ?? wanted;
    const taken = same(standing, wanted);
    // Root is back to one root before its clusters are.
    const lastStep =
        taken && standing.roots.length === 1 && to === undefined && (await trustSeveral(project, names));
    const resumed = back ? resumedRoots(standing, wanted) : standing;
    const begun = wanted.roots.find((name) => !standing.roots.includes(name));
    const steps = lastStep ? [] : back ? rollbackSteps(resumed) : rotationSteps(standing, to ?? begun);
    const take = (title: string) =>
        takeByWave(project, waves, { title, stacks: entries, limits, outcomes, without }, (gate) =>
            bringUp(project, gate, progress),
        );
    if (taken && (standing.roots.length > 1 || lastStep)) {
        await take(`Complete the step to ${standing.roots.join(" and ")}`);
    } else {
        await bringUp(project, { title: "Verify the mesh", stacks: [], limits, without }, progress);
    }
    const settings = project.settings(rootName);
    for (const [index, { title, roots, signingRoot }] of steps.entries()) {
        const text = settings.with({ roots, signingRoot });
        const question = `Step ${index + 1} of ${steps.length}: ${title}. Continue?`;
        if (ask && !(await ask(`${await project.preview(rootName, text)}\n${question}`))) {
            return false;
        }
        settings.replace(text);
        await take(title);
    }
    return true;
}

/** @throws Error if the stack's program is made of the components, and has no settings by which it would take the steps */
export function refuseProgram(project: Project, rootName: string): void {
    refusePrograms(chosen(project, [rootName]), {
        done: "rotated",
        settings: ["roots", "signingRoot"],
        page: "docs/library.md#rotating-the-root",
    });
}

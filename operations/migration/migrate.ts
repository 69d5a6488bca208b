import pMap from "p-map";
import { bringUpAndSee } from "../gate";
import { Progress, silent } from "../progress";
import { chosen, Project, StackEntry } from "../project/project";
import type { Roots } from "../rotation/rotationSteps";
import { verificationLimits } from "../rotation/rotationSettings";
import { askAndSign, prepare } from "../up";
import { migrationSteps, returnSteps } from "./migrationSteps";
import { Move, moveSettings, noMove, readMove, signingStack, unsigned } from "./migrationSettings";
import { restartWorkloads } from "./restarts";

interface Options {
    back?: boolean;
    /** Whether to restart the workloads whose proxies cannot pick up a CA while they run. */
    restart?: boolean;
    /** Asks before each step, and shows its previews. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    /** For how many seconds the proxies of a cluster may lag behind. Default: its verificationTimeoutSeconds. */
    limitSeconds?: number;
    progress?: Progress;
    /** Brings stacks up and waits for their proxies. */
    bringUp?: typeof bringUpAndSee;
}

/**
 * Moves live meshes from their current CAs to those of their stacks: trust both, sign with the new one, trust it alone, each step
 * through all clusters. A step is complete when every proxy has picked it up. Settings change only after the user has agreed to a
 * step. A step that was interrupted is asked for again.
 *
 * @returns whether the user agreed to every step
 * @throws Error if a step fails or proxies lag behind: the settings stay at that step.
 */
export async function migrate(project: Project, names: string[], options: Options = {}): Promise<boolean> {
    const { back = false, restart = false, ask, limitSeconds } = options;
    const { progress = silent, bringUp = bringUpAndSee } = options;
    const stacks = chosen(project, names);
    await project.requireTools(stacks);
    await prepare(project, stacks);
    const found = await pMap(names, async (name) => [name, await readMove(project, name, back)] as const);
    const moves = Object.fromEntries(found.flatMap(([name, move]) => (move ? [[name, move] as const] : [])));
    // Where nothing is plugged in yet, there is nothing to take back.
    const moving = Object.keys(moves).filter((name) => !(back && moves[name]!.fresh));
    if (moving.length === 0) {
        const where = back
            ? "no CA of these stacks is plugged in"
            : "their meshes trust the CAs of these stacks alone";
        progress.report(`Nothing to do for ${names.join(", ")}: ${where}.`);
        finish(project, moves, moves, back);
        return true;
    }
    const steps = (back ? returnSteps : migrationSteps)(only(moves, moving));
    const limits = await verificationLimits(project, moving);
    const seconds = new Map([...limits].map(([name, limit]) => [name, limitSeconds ?? limit]));
    const entries = chosen(project, [...(await signers(project, moving)), ...moving]);
    await prepare(project, entries);
    const take = async (title: string, ofStacks: string[]) => {
        const upped = entries.filter(({ name }) => !moving.includes(name) || ofStacks.includes(name));
        const seen = new Map([...seconds].filter(([name]) => ofStacks.includes(name)));
        if (restart) {
            await bringUp(project, { title, stacks: upped, limits: new Map() }, progress);
            await progress.inTurn([restartWorkloads(project, ofStacks)]);
        }
        await bringUp(project, { title, stacks: restart ? [] : upped, limits: seen }, progress);
    };
    const begins = moving.some((name) => moves[name]!.fresh);
    if (begins && !(await haveSigned(project, entries, { ask, progress }))) {
        return false;
    }
    const settled = moving.filter((name) => moves[name]!.settled);
    if (!begins && settled.length > 0) {
        await take("Complete the last step", settled);
    }
    let now: Record<string, Roots> = moves;
    for (const [index, step] of steps.entries()) {
        const after = { ...now, ...Object.fromEntries(step.clusters.map((name) => [name, step])) };
        const next = moving.map((name) => {
            const settings = project.settings(name);
            return { name, settings, text: settings.with(moveSettings(moves[name]!, after[name]!)) };
        });
        const movers = next.filter(({ name }) => step.clusters.includes(name));
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Continue?`;
        if (ask) {
            const previews = await pMap(movers, ({ name, text }) => project.preview(name, text));
            if (!(await ask([...previews, question].join("\n")))) {
                return false;
            }
        }
        next.forEach(({ settings, text }) => settings.replace(text));
        await take(step.title, moving);
        now = after;
    }
    finish(project, moves, now, back);
    return true;
}

/** Removes the settings of a finished move, and of a step that was written but not taken. */
function finish(
    project: Project,
    moves: Record<string, Move>,
    now: Record<string, Roots>,
    back: boolean,
): void {
    for (const [name, move] of Object.entries(moves)) {
        const settings = project.settings(name);
        const left = !back || move.fresh ? noMove : moveSettings(move, now[name]!);
        settings.replace(settings.with(left));
    }
}

function only(moves: Record<string, Move>, names: string[]): Record<string, Move> {
    return Object.fromEntries(names.map((name) => [name, moves[name]!]));
}

/** Has missing CAs made and signed, without plugging them in. */
async function haveSigned(
    project: Project,
    entries: StackEntry[],
    { ask, progress = silent }: Pick<Options, "ask" | "progress">,
): Promise<boolean> {
    const names = await unsigned(project, entries);
    if (names.length > 0) {
        const question = `First, make the CAs of ${names.join(", ")} and have them signed; nothing is plugged in yet. Continue?`;
        if (ask && !(await ask(question))) {
            return false;
        }
        await progress.inTurn(askAndSign(project, entries));
    }
    return true;
}

/** The stacks of this project that sign for the given ones. */
async function signers(project: Project, names: string[]): Promise<string[]> {
    const signing = await pMap(names, (name) => signingStack(project, name));
    const known = project.stacks().map(({ name }) => name);
    return [...new Set(signing)].filter((name) => name !== undefined && known.includes(name)) as string[];
}

import pMap from "p-map";
import { bringUpAndSee } from "../gate";
import { Progress, silent } from "../progress";
import { chosen, Project, StackEntry } from "../project/project";
import type { MigrationStage } from "../../pki/previousCa";
import { verificationLimits } from "../rotation/rotationSettings";
import { askAndSign, prepare } from "../up";
import { migrationSteps, returnSteps } from "./migrationSteps";
import {
    Migration,
    noMigration,
    readMigration,
    settingsOf,
    signingStack,
    unsigned,
} from "./migrationSettings";
import { restartUntold } from "./restarts";

interface Options {
    back?: boolean;
    /** Whether workloads whose proxies cannot follow while they run are restarted. */
    restart?: boolean;
    /** Asked before each step, with its previews. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    /** How long each cluster's proxies may take to follow a step, seconds. Default: its verificationTimeoutSeconds. */
    limitSeconds?: number;
    progress?: Progress;
    /** What brings stacks up and sees their proxies follow. */
    bringUp?: typeof bringUpAndSee;
}

/**
 * Moves live meshes from the CAs that they have to those of their stacks: trust both, sign with the new one, trust it alone,
 * each step through all clusters. It is over when every proxy was seen to have followed. Settings change when a step is taken,
 * and not before it is agreed to; what was stopped in between is asked for again.
 *
 * @returns whether every step was agreed to
 * @throws Error where a step fails or proxies do not follow: the settings stay at that step.
 */
export async function migrate(project: Project, names: string[], options: Options = {}): Promise<boolean> {
    const { back = false, restart = false, ask, limitSeconds } = options;
    const { progress = silent, bringUp = bringUpAndSee } = options;
    const stacks = chosen(project, names);
    await project.requireTools(stacks);
    await prepare(project, stacks);
    const found = await pMap(
        names,
        async (name) => [name, await readMigration(project, name, back)] as const,
    );
    const migrations = Object.fromEntries(
        found.flatMap(([name, migration]) => (migration ? [[name, migration] as const] : [])),
    );
    // Nothing is plugged in there that could be taken back.
    const migrating = Object.keys(migrations).filter((name) => !(back && migrations[name]!.fresh));
    if (migrating.length === 0) {
        const where = back
            ? "nothing of their stacks is plugged in"
            : "they stand under the CAs of their stacks alone";
        progress.report(`Nothing to do for ${names.join(", ")}: ${where}.`);
        finish(project, migrations, {}, back);
        return true;
    }
    const steps = (back ? returnSteps : migrationSteps)(stagesOf(migrations, migrating));
    const limits = await verificationLimits(project, migrating);
    const seconds = new Map([...limits].map(([name, limit]) => [name, limitSeconds ?? limit]));
    const entries = chosen(project, [...(await signers(project, migrating)), ...migrating]);
    await prepare(project, entries);
    const take = async (title: string, ofStacks: string[]) => {
        const upped = entries.filter(({ name }) => !migrating.includes(name) || ofStacks.includes(name));
        const seen = new Map([...seconds].filter(([name]) => ofStacks.includes(name)));
        if (restart) {
            await bringUp(project, { title, stacks: upped, limits: new Map() }, progress);
            await progress.inTurn([restartUntold(project, ofStacks)]);
        }
        await bringUp(project, { title, stacks: restart ? [] : upped, limits: seen }, progress);
    };
    const begins = migrating.some((name) => migrations[name]!.fresh);
    if (begins && !(await haveSigned(project, entries, { ask, progress }))) {
        return false;
    }
    const settled = migrating.filter((name) => migrations[name]!.settled);
    if (!begins && settled.length > 0) {
        await take("Settle where it stands", settled);
    }
    let now = stagesOf(migrations, Object.keys(migrations));
    for (const [index, step] of steps.entries()) {
        const after = { ...now, ...Object.fromEntries(step.clusters.map((name) => [name, step.stage])) };
        const next = migrating.map((name) => {
            const settings = project.settings(name);
            return { name, settings, text: settings.with(settingsOf(migrations[name]!, after[name]!)) };
        });
        const takers = next.filter(({ name }) => step.clusters.includes(name));
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Go on?`;
        if (ask) {
            const previews = await pMap(takers, ({ name, text }) => project.preview(name, text));
            if (!(await ask([...previews, question].join("\n")))) {
                return false;
            }
        }
        next.forEach(({ settings, text }) => settings.replace(text));
        await take(step.title, migrating);
        now = after;
    }
    finish(project, migrations, now, back);
    return true;
}

/** Leaves no settings of a migration that is over, nor of a step that was written and not taken. */
function finish(
    project: Project,
    migrations: Record<string, Migration>,
    now: Record<string, MigrationStage>,
    back: boolean,
): void {
    for (const [name, migration] of Object.entries(migrations)) {
        const settings = project.settings(name);
        const stage = now[name] ?? migration.stage;
        settings.replace(
            settings.with(!back || migration.fresh ? noMigration : settingsOf(migration, stage)),
        );
    }
}

function stagesOf(migrations: Record<string, Migration>, names: string[]): Record<string, MigrationStage> {
    return Object.fromEntries(names.map((name) => [name, migrations[name]!.stage]));
}

/** Has the stacks' CAs made and signed, where they are not: nothing is plugged in by that. */
async function haveSigned(
    project: Project,
    entries: StackEntry[],
    { ask, progress = silent }: Pick<Options, "ask" | "progress">,
): Promise<boolean> {
    const names = await unsigned(project, entries);
    if (names.length > 0) {
        const question = `First: make the CAs of ${names.join(", ")} and have them signed; nothing is plugged in yet. Go on?`;
        if (ask && !(await ask(question))) {
            return false;
        }
        await progress.inTurn(askAndSign(project, entries));
    }
    return true;
}

/** The stacks of this project that sign for these. */
async function signers(project: Project, names: string[]): Promise<string[]> {
    const signing = await pMap(names, (name) => signingStack(project, name));
    const known = project.stacks().map(({ name }) => name);
    return [...new Set(signing)].filter((name) => name !== undefined && known.includes(name)) as string[];
}

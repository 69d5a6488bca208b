import { bringUpAndSee, Gate, takeByWave } from "../gate";
import type { Outcomes } from "../outcomes";
import { Progress, silent } from "../progress";
import { chosen, Project, StackEntry } from "../project/project";
import type { MigrationStage } from "../../pki/previousCa";
import { refusePrograms } from "../programs";
import { askAndSign, prepare } from "../up";
import { verificationLimits } from "../verificationLimits";
import { Walk } from "../walk";
import { WaveOptions, Waves } from "../waves/waves";
import { migrationSteps, returnSteps } from "./migrationSteps";
import {
    Migration,
    noMigration,
    readMigration,
    settingsOf,
    signingStack,
    unsigned,
} from "./migrationSettings";
import { restartWorkloads } from "./restarts";

interface Options extends WaveOptions {
    back?: boolean;
    /** Whether to restart the workloads whose proxies cannot pick up a CA while they run. */
    restart?: boolean;
    /** Asks before each step, and shows its previews. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    /** For how many seconds the proxies of a cluster may lag behind. Default: its verificationTimeoutSeconds. */
    limitSeconds?: number;
    progress?: Progress;
    /** Learns what became of each stack in the last step. */
    outcomes?: Outcomes;
    /** Brings stacks up and waits for their proxies. */
    bringUp?: typeof bringUpAndSee;
}

/**
 * Migrates live meshes from their current CAs to those of their stacks: trust both, sign with the new one, trust it alone, each
 * step through all clusters, wave by wave. A step is complete when every proxy has picked it up. Settings change only after the user has agreed
 * to a step. A step that was interrupted is asked for again.
 *
 * @returns whether the user agreed to every step
 * @throws Error if a step fails or proxies lag behind: the settings stay at that step.
 */
export async function migrate(project: Project, names: string[], options: Options = {}): Promise<boolean> {
    const { back = false, restart = false, ask, limitSeconds } = options;
    const { progress = silent, outcomes, bringUp = bringUpAndSee } = options;
    const stacks = chosen(project, names);
    refusePrograms(stacks, {
        done: "migrated",
        settings: ["istio", "previousCa", "migration"],
        page: "docs/library.md#migrating-a-live-mesh",
    });
    const waves = new Waves(project, options);
    await project.requireTools(stacks);
    await prepare(project, stacks);
    const found = await project.each(
        names,
        async (name) => [name, await readMigration(project, name, back)] as const,
    );
    const migrations = Object.fromEntries(
        found.flatMap(([name, migration]) => (migration ? [[name, migration] as const] : [])),
    );
    // Where nothing is plugged in yet, there is nothing to take back.
    const migrating = Object.keys(migrations).filter((name) => !(back && migrations[name]!.fresh));
    if (migrating.length === 0) {
        const where = back
            ? "no CA of these stacks is plugged in"
            : "their meshes trust the CAs of these stacks alone";
        progress.report(`Nothing to do for ${names.join(", ")}: ${where}.`);
        finish(project, migrations, {}, back);
        return true;
    }
    const steps = (back ? returnSteps : migrationSteps)(stagesOf(migrations, migrating));
    const allowed = await verificationLimits(project, migrating);
    const seconds = new Map([...allowed].map(([name, limit]) => [name, limitSeconds ?? limit]));
    const entries = chosen(project, [...(await signers(project, migrating)), ...migrating]);
    await prepare(project, entries);
    const takeWave = async (gate: Gate) => {
        if (restart) {
            await bringUp(project, { ...gate, limits: new Map() }, progress);
            await progress.inTurn([restartWorkloads(project, [...gate.limits.keys()])]);
        }
        await bringUp(project, restart ? { ...gate, stacks: [] } : gate, progress);
    };
    const take = (title: string, ofStacks: string[]) => {
        const upped = entries.filter(({ name }) => !migrating.includes(name) || ofStacks.includes(name));
        const limits = new Map([...seconds].filter(([name]) => ofStacks.includes(name)));
        return takeByWave(
            project,
            waves,
            { title, stacks: upped, limits, outcomes, mayReject: true },
            takeWave,
        );
    };
    const begins = migrating.some((name) => migrations[name]!.fresh);
    if (begins && !(await haveSigned(project, entries, { ask, progress }))) {
        return false;
    }
    const settled = migrating.filter((name) => migrations[name]!.settled);
    if (!begins && settled.length > 0) {
        await take("Complete the last step", settled);
    }
    let now = stagesOf(migrations, Object.keys(migrations));
    for (const [index, step] of steps.entries()) {
        const after = { ...now, ...Object.fromEntries(step.clusters.map((name) => [name, step.stage])) };
        const next = migrating.map((name) => {
            const settings = project.settings(name);
            return { name, settings, text: settings.with(settingsOf(migrations[name]!, after[name]!)) };
        });
        const takers = next.filter(({ name }) => step.clusters.includes(name));
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Continue?`;
        if (ask) {
            const previews = await project.each(takers, ({ name, text }) => project.preview(name, text));
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

/** Removes the settings of a finished migration, and of a step that was written but not taken. */
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
        await progress.inTurn(askAndSign(new Walk(project), entries));
    }
    return true;
}

/** The stacks of this project that sign for the given ones. */
async function signers(project: Project, names: string[]): Promise<string[]> {
    const signing = await project.each(names, (name) => signingStack(project, name));
    const known = project.stacks().map(({ name }) => name);
    return [...new Set(signing)].filter((name) => name !== undefined && known.includes(name)) as string[];
}

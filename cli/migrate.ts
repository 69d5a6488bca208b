import { Stack } from "@pulumi/pulumi/automation";
import { Command } from "commander";
import pMap from "p-map";
import { Move, forgetMove, readMove, signingStack } from "./migrationSettings";
import { migrationSteps, returnSteps } from "./migration";
import { chosen, Project } from "./project";
import { restartUntold } from "./restarts";
import { Roots } from "./rotation";
import { bringUpAndSee } from "./rotationGate";
import { verificationLimits, writeRoots } from "./rotationSettings";
import { askOnTerminal, main, runTasks } from "./tasks";
import { askAndSign } from "./walk";

interface Options {
    back?: boolean;
    /** Whether workloads whose proxies cannot follow while they run are restarted. */
    restart?: boolean;
    /** Asked before each step, with its previews. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    /** How long each cluster's proxies may take to follow a step, seconds. Default: its verificationTimeoutSeconds. */
    limitSeconds?: number;
}

/**
 * Moves live meshes from the CAs that they have to those of their stacks: trust both, sign with the new one, trust it alone,
 * each step through all clusters. It is over when every proxy was seen to have followed. What was stopped goes on where it was.
 *
 * @throws Error where a step fails or proxies do not follow: the settings stay at that step.
 */
export async function migrate(project: Project, names: string[], options: Options = {}): Promise<void> {
    const { back = false, restart = false, ask, limitSeconds } = options;
    const stacks = new Map(
        await pMap(names, async (name) => [name, await project.openOrCreate(name)] as const),
    );
    const moves = await readMoves(stacks);
    const moving = Object.keys(moves);
    if (moving.length === 0) {
        return console.log(`Nothing to do: ${names.join(", ")} stand under the CAs of their stacks alone.`);
    }
    const steps = back ? returnSteps(moves) : migrationSteps(moves);
    const limits = await verificationLimits(project, moving);
    const seconds = new Map([...limits].map(([name, limit]) => [name, limitSeconds ?? limit]));
    const entries = chosen(project, [...(await signers(project, moving, stacks)), ...moving]);
    const take = async (title: string) => {
        if (restart) {
            await bringUpAndSee(title, project, entries, new Map());
            await runTasks([restartUntold(project, moving)]);
        }
        await bringUpAndSee(title, project, restart ? [] : entries, seconds);
    };
    const fresh = Object.values(moves).some((move) => move.fresh);
    await (fresh ? runTasks(askAndSign(project, entries)) : take("Settle where it stands"));
    let now: Record<string, Roots> = moves;
    for (const [index, step] of steps.entries()) {
        const movers = step.clusters.map((name) => [name, stacks.get(name)!] as const);
        await pMap(movers, ([name, stack]) => writeRoots(stack, now[name]!, step), { concurrency: 1 });
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Go on?`;
        if (ask && !(await ask(`${await previews(movers)}\n${question}`))) {
            await pMap(movers, ([name, stack]) => writeRoots(stack, step, now[name]!), { concurrency: 1 });
            return;
        }
        await take(step.title);
        now = { ...now, ...Object.fromEntries(step.clusters.map((name) => [name, step])) };
    }
    if (!back) {
        await pMap(moving, (name) => forgetMove(stacks.get(name)!), { concurrency: 1 });
    }
}

async function readMoves(stacks: Map<string, Stack>): Promise<Record<string, Move>> {
    const moves = await pMap(stacks, async ([name, stack]) => [name, await readMove(stack)] as const);
    return Object.fromEntries(moves.flatMap(([name, move]) => (move ? [[name, move]] : [])));
}

/** The stacks of this project that sign for these. */
async function signers(project: Project, names: string[], stacks: Map<string, Stack>): Promise<string[]> {
    const signing = await pMap(names, (name) => signingStack(stacks.get(name)!));
    const known = project.stacks().map(({ name }) => name);
    return [...new Set(signing)].filter((name) => name !== undefined && known.includes(name)) as string[];
}

async function previews(stacks: (readonly [string, Stack])[]): Promise<string> {
    const texts = await pMap(stacks, async ([, stack]) => (await stack.preview()).stdout);
    return texts.join("\n");
}

if (require.main === module) {
    const program = new Command("migrate")
        .description(
            "Move live meshes to the CAs of their stacks without downtime: trust both, sign with the new one, trust it alone; each step when all proxies have followed the last. Stopped, it goes on where it was.",
        )
        .argument("<stacks...>", "the stacks of the meshes, side by side")
        .option("--back", "undo a move that is not finished")
        .option("--restart", "restart the workloads whose proxies cannot follow while they run")
        .option("--yes", "take every step without asking")
        .option(
            "--limit <seconds>",
            "how long proxies may take to follow (default: verificationTimeoutSeconds)",
        )
        .action(
            (
                names: string[],
                {
                    yes,
                    limit,
                    ...options
                }: Pick<Options, "back" | "restart"> & { yes?: boolean; limit?: string },
            ) =>
                main(() =>
                    migrate(Project.current(), names, {
                        ...options,
                        ask: yes ? undefined : askOnTerminal,
                        limitSeconds: limit === undefined ? undefined : Number(limit),
                    }),
                ),
        );
    void program.parseAsync();
}

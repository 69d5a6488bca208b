import type { Outcomes } from "../operations/outcomes";
import { pauseMeaning, positiveInteger, ProjectOption, stacksCommand } from "./options";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    back?: boolean;
    restart?: boolean;
    yes?: boolean;
    pause?: boolean;
    limit?: number;
}

/** Migrates live meshes to the CAs of their stacks. */
export const migrate = stacksCommand("migrate", "migrate -- cluster1 cluster2", "migrate -- cluster1 --back")
    .summary("Migrate live meshes to the CAs of their stacks without downtime, step by step.")
    .description(
        "Migrate live meshes to the CAs of their stacks without downtime: trust both CAs, sign with the new one, trust it alone. Each step begins once all proxies have picked up the previous one. If the command is stopped, the next run resumes.",
    )
    .argument("<stacks...>", "the stacks of the meshes; all of them migrate in parallel")
    .option("--back", "undo an unfinished migration")
    .option("--restart", "restart the workloads whose proxies cannot pick up a CA while they run")
    .option("--yes", "take every step without asking")
    .option("--pause", pauseMeaning)
    .option(
        "--limit <seconds>",
        "how long proxies may take to pick up a step (default: verificationTimeoutSeconds)",
        positiveInteger,
    )
    .action((names: string[], { back, restart, yes, pause, limit, ...which }: Options) =>
        runCommand(async () => {
            const { currentProject, terminal } = await import("./stacks.ts");
            const { migrate } = await import("../operations/migration/migrate.ts");
            const { askOnTerminal, declined } = await import("./question.ts");
            const { tabulated } = await import("./outcomeTable.ts");
            const project = await currentProject(which, { changes: true });
            const ask = yes ? undefined : askOnTerminal;
            const waves = pause ? { pause: askOnTerminal } : {};
            const options = { back, restart, ask, ...waves, limitSeconds: limit, progress: terminal };
            const run = (outcomes: Outcomes) => migrate(project, names, { ...options, outcomes });
            return declined(await tabulated(project, run));
        }),
    );

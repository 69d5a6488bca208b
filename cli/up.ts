import { Outcomes } from "../operations/outcomes";
import { ProjectOption, stacksCommand } from "./options";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    all?: boolean;
}

/** Brings stacks up. */
export const up = stacksCommand("up", "up", "up -- root cluster1", "up -- --all", "up -- --project own")
    .description(
        "Bring the stacks up in the order in which they need each other, those that have something to do. If the command is stopped, the next run does what is left.",
    )
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--all", "bring up those with nothing to do, too")
    .action((names: string[], { all, ...which }: Options) =>
        runCommand(async () => {
            const { chosen, currentProject, terminal } = await import("./stacks.ts");
            const { up } = await import("../operations/up.ts");
            const { outcomeTable } = await import("./outcomeTable.ts");
            const project = await currentProject(which, { changes: true });
            const stacks = chosen(project, names);
            await project.requireTools(stacks);
            const outcomes = new Outcomes();
            try {
                await up(project, stacks, { progress: terminal, all, outcomes });
            } finally {
                console.log(outcomeTable(outcomes, stacks));
            }
        }),
    );

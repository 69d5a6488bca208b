import { ProjectOption, stacksCommand } from "./options";
import { runCommand } from "./runCommand";

/** Brings stacks up. */
export const up = stacksCommand("up", "up", "up -- root cluster1", "up -- --project own")
    .description("Bring the stacks up in the order in which they need each other.")
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .action((names: string[], options: ProjectOption) =>
        runCommand(async () => {
            const { chosen, currentProject, terminal } = await import("./stacks.ts");
            const { up } = await import("../operations/up.ts");
            const project = await currentProject(options, { changes: true });
            const stacks = chosen(project, names);
            await project.requireTools(stacks);
            await up(project, stacks, terminal);
        }),
    );

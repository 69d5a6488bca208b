import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { chosen } from "./project";
import { main, runTasks } from "./tasks";
import { up } from "./walk";

/** The command, run where this file is the main module. */
export const program = stackCommand("up")
    .description("Bring the stacks up in the order in which they need each other")
    .argument("[stacks...]", "the stacks; default: all that have a file of settings")
    .action((names: string[], options: ProjectOption) =>
        main(async () => {
            const project = await currentProject(options, { changes: true });
            const stacks = chosen(project, names);
            await project.requireTools(stacks);
            await runTasks(up(project, stacks));
        }),
    );
if (require.main === module) {
    void program.parseAsync();
}

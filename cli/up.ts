import { Command } from "commander";
import { chosen, Project } from "./project";
import { main, runTasks } from "./tasks";
import { up } from "./walk";

const program = new Command("up")
    .description("Bring the stacks up in the order in which they need each other")
    .argument("[stacks...]", "the stacks; default: all that have a file of settings")
    .action((names: string[]) =>
        main(async () => {
            const project = Project.current();
            await runTasks(up(project, chosen(project, names)));
        }),
    );
void program.parseAsync();

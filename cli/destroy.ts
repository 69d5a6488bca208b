import { Command } from "commander";
import { chosen, Project } from "./project";
import { main, runTasks } from "./tasks";
import { destroy } from "./walk";

const program = new Command("destroy")
    .description("Take the stacks down: the clusters, then root")
    .argument("<stacks...>", "the stacks")
    .action((names: string[]) =>
        main(async () => {
            const project = Project.current();
            await runTasks(destroy(project, chosen(project, names)));
        }),
    );
void program.parseAsync();

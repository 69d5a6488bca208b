import { ExitStatus } from "./exitStatus";
import { ProjectOption, stacksCommand } from "./options";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    yes?: boolean;
}

/** Takes stacks down. */
export const destroy = stacksCommand("destroy", "destroy -- cluster1", "destroy -- root cluster1 cluster2")
    .description("Take stacks down: the clusters, then root. You are asked to type a name first.")
    .argument("<stacks...>", "the stacks")
    .option("--yes", "take them down without asking")
    .action((names: string[], { yes, ...which }: Options) =>
        runCommand(async () => {
            const { currentProject, described, terminal } = await import("./stacks.ts");
            const { takeDown } = await import("../operations/destroy.ts");
            const { askForName } = await import("./question.ts");
            const project = await currentProject(which, { changes: true });
            const ask = async (stacks: string[], name: string) => {
                const heading = `This takes down, of ${await described(project)}:`;
                const what = stacks.length === 1 ? "it" : "them";
                const lines = stacks.map((line) => `  ${line}`);
                return askForName([heading, ...lines, `Type ${name} to take ${what} down:`].join("\n"), name);
            };
            if (await takeDown(project, names, { ask: yes ? undefined : ask, progress: terminal })) {
                return ExitStatus.done;
            }
            console.error("Nothing was taken down. In a pipeline, use --yes.");
            return ExitStatus.failed;
        }),
    );

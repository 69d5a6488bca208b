import { ProjectOption, stackCommand } from "./options";
import { print } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    json?: boolean;
}

/** Shows which cluster is in which wave. */
export const waves = stackCommand("waves", "waves", "waves -- --json cluster1 cluster2")
    .description(
        "Show in which waves `up`, `rotate` and `migrate` take the clusters. Reads the settings alone.",
    )
    .argument("[stacks...]", "the stacks of clusters; default: all that have settings")
    .option("--json", "print the waves as JSON")
    .action((names: string[], { json, ...which }: Options) =>
        runCommand(async () => {
            const { chosen } = await import("./stacks.ts");
            const { unopenedProject } = await import("./currentProject.ts");
            const { byRole } = await import("../operations/project/project.ts");
            const { Waves } = await import("../operations/waves/waves.ts");
            const project = unopenedProject(which);
            const all = new Waves(project).of(byRole(chosen(project, names)).clusters);
            const stacks = all.map((wave) => wave.map(({ name }) => name));
            print(
                json
                    ? JSON.stringify(stacks.map((wave) => ({ stacks: wave })))
                    : stacks.map((wave, index) => `Wave ${index + 1}: ${wave.join(", ")}`).join("\n"),
            );
        }),
    );

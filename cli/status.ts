import { ProjectOption, stacksCommand } from "./options";
import { print, printJson } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    json?: boolean;
}

/** Shows when CAs expire. */
export const status = stacksCommand("status", "status", "--silent status -- --json")
    .description("Show when the CA of each stack expires, and from which date an `up` renews it.")
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--json", "print JSON")
    .action((names: string[], { json, ...which }: Options) =>
        runCommand(async () => {
            const { chosen, currentProject } = await import("./stacks.ts");
            const { status } = await import("../operations/status.ts");
            const { statusTable } = await import("./statusTable.ts");
            const project = await currentProject(which);
            const found = await status(project, chosen(project, names));
            if (json) {
                printJson(found);
            } else {
                print(statusTable(found));
            }
        }),
    );

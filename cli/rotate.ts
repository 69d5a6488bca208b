import type { Outcomes } from "../operations/outcomes";
import { pauseMeaning, ProjectOption, repeated, stacksCommand } from "./options";
import { print } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    to?: string;
    back?: boolean;
    yes?: boolean;
    pause?: boolean;
    propose?: boolean;
    without: string[];
}

/** Replaces the root CA. */
export const rotate = stacksCommand(
    "rotate",
    "rotate",
    "rotate -- root --to root-2027",
    "rotate -- root --back",
    "rotate -- root --without cluster3",
    "rotate -- root --propose",
)
    .summary("Replace the root CA without downtime, step by step.")
    .description(
        "Replace the root CA without downtime: trust both roots, sign with the new one, trust it alone. Each step begins once all proxies have picked up the previous one. If the command is stopped, the next run resumes.",
    )
    .argument("[stack]", "the stack with the role root", "root")
    .option("--to <name>", "the new root's name (default: root-2, root-3, …)")
    .option("--back", "undo an unfinished rotation")
    .option("--yes", "take every step without asking")
    .option("--pause", pauseMeaning)
    .option(
        "--propose",
        "write the next step into the settings without taking it, for a pull request; no cluster is asked",
    )
    .option(
        "--without <cluster>",
        "continue without a cluster that cannot be reached, for which root then no longer signs; may be repeated",
        repeated,
        [],
    )
    .action((stack: string, { to, back, yes, pause, propose, without, ...which }: Options) =>
        runCommand(async () => {
            const { currentProject, terminal } = await import("./stacks.ts");
            const project = await currentProject(which, { changes: true });
            if (propose) {
                const { proposeStep } = await import("../operations/rotation/proposeStep.ts");
                print(await proposeStep(project, stack, { to, back }));
                return;
            }
            const { rotate } = await import("../operations/rotation/rotate.ts");
            const { askOnTerminal, declined } = await import("./question.ts");
            const { tabulated } = await import("./outcomeTable.ts");
            const ask = yes ? undefined : askOnTerminal;
            const waves = pause ? { pause: askOnTerminal } : {};
            const run = (outcomes: Outcomes) =>
                rotate(project, stack, {
                    to,
                    back,
                    without,
                    ask,
                    confirm: ask,
                    ...waves,
                    outcomes,
                    progress: terminal,
                });
            return declined(await tabulated(project, run));
        }),
    );

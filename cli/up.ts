import { Outcomes } from "../operations/outcomes";
import { pauseMeaning, ProjectOption, repeated, stacksCommand } from "./options";
import { print } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    all?: boolean;
    pause?: boolean;
    without: string[];
    json?: boolean;
}

/** Brings stacks up. */
export const up = stacksCommand("up", "up", "up -- root cluster1", "up -- --all", "up -- --project own")
    .description(
        "Bring the stacks up in the order in which they need each other, those that have something to do. If the command is stopped, the next run does what is left.",
    )
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--all", "bring up those with nothing to do, too")
    .option("--pause", pauseMeaning)
    .option(
        "--without <cluster>",
        "leave out a cluster that cannot be reached; may be repeated",
        repeated,
        [],
    )
    .option("--json", "print what happens as JSON, an event in a line, and the result in the last one")
    .action((names: string[], { all, pause, without, json, ...which }: Options) =>
        runCommand(async () => {
            const { chosen, currentProject, terminal } = await import("./stacks.ts");
            const { up } = await import("../operations/up.ts");
            const { outcomeTable, outcomeLists } = await import("./outcomeTable.ts");
            const { events } = await import("./events.ts");
            const project = await currentProject(which, { changes: true });
            const stacks = chosen(project, names);
            await project.requireTools(stacks);
            const { askOnTerminal } = await import("./question.ts");
            const outcomes = new Outcomes();
            // On stderr, because the events of --json are alone on stdout.
            const ask = (question: string) =>
                askOnTerminal(question, { input: process.stdin, output: process.stderr });
            const how = { all, outcomes, without, ...(pause && { pause: ask }) };
            try {
                await up(project, stacks, { progress: json ? events(print) : terminal, ...how });
            } finally {
                if (json) {
                    print(JSON.stringify(outcomeLists(outcomes)));
                } else if (outcomes.hasBegun) {
                    print(outcomeTable(outcomes, stacks));
                }
            }
        }),
    );

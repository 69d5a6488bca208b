import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { positiveInteger } from "./options";
import { chosen } from "./project";
import { main } from "./tasks";
import { verify } from "./verification";

interface Options extends ProjectOption {
    limit: number;
    json?: boolean;
}

/** The command, run where this file is the main module. */
export const program = stackCommand("verify")
    .description(
        "Prove by real handshakes that a stack's mesh runs under its CA. Exit status: 0 yes, 1 no, 2 cannot tell.",
    )
    .argument("<stack>", "the stack, such as cluster1")
    .option("--limit <seconds>", "until when what fails is tried again", positiveInteger, 60)
    .option("--json", "print the report as JSON")
    .action((stack: string, { limit, json, ...which }: Options) =>
        main(async () => {
            const project = await currentProject(which);
            chosen(project, [stack]);
            const { output, exitCode } = await verify(project, stack, {
                limitSeconds: limit,
                json,
                onProgress: (line) => console.error(line),
            });
            console.log(output);
            return exitCode;
        }),
    );
if (require.main === module) {
    void program.parseAsync();
}

import { positiveInteger, ProjectOption, stackCommand } from "./options";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    limit: number;
    json?: boolean;
}

/** Verifies a mesh. */
export const verify = stackCommand("verify", "verify -- cluster1", "--silent verify -- cluster1 --json")
    .description("Prove by real handshakes that a stack's mesh runs under its CA.")
    .argument("<stack>", "the stack, such as cluster1")
    .option("--limit <seconds>", "for how long failed checks are repeated", positiveInteger, 60)
    .option("--json", "print the report as JSON")
    .action((stack: string, { limit, json, ...which }: Options) =>
        runCommand(async () => {
            const { chosen, currentProject } = await import("./stacks.ts");
            const { verify } = await import("../operations/verify.ts");
            const project = await currentProject(which);
            chosen(project, [stack]);
            const onProgress = (line: string) => console.error(line);
            const { output, exitCode } = await verify(project, stack, {
                limitSeconds: limit,
                json,
                onProgress,
            });
            console.log(output);
            return exitCode;
        }),
    );

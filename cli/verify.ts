import { message } from "../operations/errors";
import { ExitStatus } from "./exitStatus";
import { positiveInteger, ProjectOption, stacksCommand } from "./options";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    limit: number;
    json?: boolean;
}

/** Verifies meshes. */
export const verify = stacksCommand(
    "verify",
    "verify -- cluster1",
    "verify -- cluster1 cluster2",
    "--silent verify -- cluster1 --json",
)
    .description("Prove by real handshakes that the mesh of each stack runs under its CA.")
    .argument("<stacks...>", "the stacks, such as cluster1")
    .option("--limit <seconds>", "for how long failed checks are repeated", positiveInteger, 60)
    .option("--json", "print the report as JSON; of several stacks, each in a line of its own")
    .action((names: string[], { limit, json, ...which }: Options) =>
        runCommand(async () => {
            const { chosen, currentProject } = await import("./stacks.ts");
            const { verify } = await import("../operations/verify.ts");
            const project = await currentProject(which);
            const stacks = chosen(project, names);
            const several = stacks.length > 1;
            const found = await project.each(stacks, async ({ name }) => {
                const onProgress = (line: string) => console.error(several ? `${name}: ${line}` : line);
                const running = verify(project, name, { limitSeconds: limit, json, onProgress });
                // One that cannot be verified does not hide what the others show.
                const { output, exitCode } = several ? await running.catch(unverified) : await running;
                return { name, output, exitCode };
            });
            for (const { name, output } of found) {
                console.log(!several ? output : json ? inOneLine(name, output) : `Stack ${name}:\n${output}`);
            }
            const codes = found.map(({ exitCode }) => exitCode);
            return codes.includes(ExitStatus.failed) ? ExitStatus.failed : Math.max(...codes);
        }),
    );

function unverified(error: unknown) {
    return { output: message(error), exitCode: ExitStatus.failed };
}

/** What was printed in place of a report, if there is none, is a text. */
function inOneLine(stack: string, output: string): string {
    let report: unknown = output;
    try {
        report = JSON.parse(output);
    } catch {
        // It stays a text.
    }
    return JSON.stringify({ stack, report });
}

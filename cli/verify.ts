import { message } from "../operations/errors";
import type { VerifyOptions } from "../operations/verify";
import { ExitStatus } from "./exitStatus";
import { positiveInteger, ProjectOption, stacksCommand } from "./options";
import { print } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    limit: number;
    json?: boolean;
    ca?: string;
    kubeconfig?: string;
    context?: string;
}

/** Verifies meshes. */
export const verify = stacksCommand(
    "verify",
    "verify -- cluster1",
    "verify -- cluster1 cluster2",
    "--silent verify -- cluster1 --json",
    "verify -- --ca certs/cluster1 --context cluster1",
)
    .description("Prove by real handshakes that the mesh of each stack runs under its CA.")
    .argument("[stacks...]", "the stacks, such as cluster1; none with --ca")
    .option(
        "--ca <source>",
        "without a stack: a folder with ca-cert.pem and root-cert.pem, or a Secret's file",
    )
    .option("--kubeconfig <file>", "kubeconfig of the cluster (default: the stack's setting, or kubectl's)")
    .option("--context <name>", "its context (default: the stack's setting; required with --ca)")
    .option("--limit <seconds>", "for how long failed checks are repeated", positiveInteger, 60)
    .option("--json", "print the report as JSON; of several stacks, each in a line of its own")
    .action((names: string[], { limit, json, ca, kubeconfig, context, ...which }: Options) =>
        runCommand(async () => {
            if ((names.length === 0) === (ca === undefined)) {
                throw new Error("Name stacks, or a CA by --ca, but not both.");
            }
            const access = { kubeconfig, context };
            if (ca !== undefined) {
                return verifyCa(ca, { limitSeconds: limit, json, access });
            }
            const { chosen, currentProject } = await import("./stacks.ts");
            const { verify } = await import("../operations/verify.ts");
            const project = await currentProject(which);
            const stacks = chosen(project, names);
            const several = stacks.length > 1;
            const found = await project.each(stacks, async ({ name }) => {
                const onProgress = (line: string) => console.error(several ? `${name}: ${line}` : line);
                const running = verify(project, name, { limitSeconds: limit, json, onProgress, access });
                // One that cannot be verified does not hide what the others show.
                const { output, exitCode } = several ? await running.catch(unverified) : await running;
                return { name, output, exitCode };
            });
            for (const { name, output } of found) {
                print(!several ? output : json ? inOneLine(name, output) : `Stack ${name}:\n${output}`);
            }
            const codes = found.map(({ exitCode }) => exitCode);
            return codes.includes(ExitStatus.failed) ? ExitStatus.failed : Math.max(...codes);
        }),
    );

/** Verifies a mesh of which there is no stack. */
async function verifyCa(source: string, options: VerifyOptions): Promise<number> {
    if (options.access?.context === undefined) {
        throw new Error("--context is missing. Name the kubeconfig's context of the mesh.");
    }
    const { readCaFiles } = await import("../config/caSource.ts");
    const { verifyFiles } = await import("../operations/verify.ts");
    const onProgress = (line: string) => console.error(line);
    const { output, exitCode } = await verifyFiles(readCaFiles(source), { ...options, onProgress });
    print(output);
    return exitCode;
}

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

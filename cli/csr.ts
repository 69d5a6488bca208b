import { ProjectOption, stackCommand } from "./options";
import { runCommand } from "./runCommand";

/** Prints a certificate request. */
export const csr = stackCommand("csr", "--silent csr -- cluster1 > cluster1.csr")
    .description("Print the certificate request of a cluster's stack as PEM, for an outside signer.")
    .argument("<stack>", "the stack, such as cluster1")
    .action((stack: string, options: ProjectOption) =>
        runCommand(async () => {
            const { chosen, currentProject } = await import("./stacks.ts");
            const { certRequest } = await import("../operations/csr.ts");
            const project = await currentProject(options);
            chosen(project, [stack]);
            process.stdout.write(await certRequest(project, stack));
        }),
    );

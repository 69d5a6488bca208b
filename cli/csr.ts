import type { ClusterOutputs } from "../stacks/outputs";
import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { chosen, Project } from "./project";
import { main } from "./tasks";

/** The certificate request of a cluster's stack, PEM. @throws Error if it has made none. */
export async function certRequest(project: Project, stackName: string): Promise<string> {
    const stack = await project.open(stackName);
    const csr = (await stack.outputs())["csr"]?.value as ClusterOutputs["csr"];
    if (!csr) {
        throw new Error(`Stack ${stackName} has no request: \`pulumi up --stack ${stackName}\` makes it.`);
    }
    return csr.pem;
}

/** The command, run where this file is the main module. */
export const program = stackCommand("csr")
    .description("Print the certificate request of a cluster's stack, PEM, for an outside signer.")
    .argument("<stack>", "the stack, such as cluster1")
    .action((stack: string, options: ProjectOption) =>
        main(async () => {
            const project = await currentProject(options);
            chosen(project, [stack]);
            process.stdout.write(await certRequest(project, stack));
        }),
    );

if (require.main === module) {
    void program.parseAsync();
}

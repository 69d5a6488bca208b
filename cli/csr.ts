import { Command } from "commander";
import type { ClusterOutputs } from "../stacks/outputs";
import { Project } from "./project";
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

if (require.main === module) {
    const program = new Command("csr")
        .description("Print the certificate request of a cluster's stack, PEM, for an outside signer.")
        .argument("<stack>", "the stack, such as cluster1")
        .action((stack: string) =>
            main(async () => void process.stdout.write(await certRequest(Project.current(), stack))),
        );
    void program.parseAsync();
}

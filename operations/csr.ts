import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** The certificate request of a cluster's stack, PEM. @throws Error if the stack has not made one. */
export async function certRequest(project: Project, stackName: string): Promise<string> {
    const { csr } = await stackOutputs(project, stackName);
    if (!csr) {
        throw new Error(
            `Stack ${stackName} has no certificate request yet. Make it: \`pulumi up --stack ${stackName}\`.`,
        );
    }
    return csr.pem;
}

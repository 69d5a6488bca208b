import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** The certificate request of a cluster's stack, PEM. @throws Error if it has made none. */
export async function certRequest(project: Project, stackName: string): Promise<string> {
    const { csr } = await stackOutputs(project, stackName);
    if (!csr) {
        throw new Error(`Stack ${stackName} has no request: \`pulumi up --stack ${stackName}\` makes it.`);
    }
    return csr.pem;
}

import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import type { Project } from "./project";

/** What stacks of any role export. What the last `up` did not export is missing. */
export type StackOutputs = Partial<RootOutputs & ClusterOutputs>;

/** The outputs of a stack's last `up`. All of them are public, so that its passphrase is not needed. */
export async function stackOutputs(project: Project, stack: string): Promise<StackOutputs> {
    return JSON.parse(await project.pulumi(stack, "stack", "output", "--json")) as StackOutputs;
}

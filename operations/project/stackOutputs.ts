import type { ClusterOutputs, EarlierOutputs, RootOutputs } from "../../stacks/outputs";
import type { Project } from "./project";

/** What stacks of any role export; what a stack's last `up` did not export is missing. */
export type StackOutputs = Partial<RootOutputs & ClusterOutputs & EarlierOutputs>;

/** The outputs of a stack as its last `up` left them: those that are public, for which nobody needs its passphrase. */
export async function stackOutputs(project: Project, stack: string): Promise<StackOutputs> {
    return JSON.parse(await project.pulumi(stack, "stack", "output", "--json")) as StackOutputs;
}

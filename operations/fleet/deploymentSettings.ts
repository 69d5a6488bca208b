import type { StackEntry } from "../project/project";
import { defaultBranch, FleetOptions } from "./fleetOptions";

/**
 * The settings of Pulumi Deployments for each stack, by its name: what the REST API of Pulumi Cloud takes at
 * `/api/stacks/{organization}/{project}/{stack}/deployments/settings`. Nothing secret is in them: passphrases and kubeconfigs are
 * for the stack's own environment variables and files there.
 */
export function deploymentSettings(entries: StackEntry[], options: FleetOptions): Record<string, object> {
    const { repo, branch = defaultBranch, repoDir, image } = options;
    const settings = {
        executorContext: { executorImage: { reference: image } },
        sourceContext: {
            git: { repoURL: repo, branch, ...(repoDir !== undefined && { repoDir }) },
        },
        operationContext: { options: { skipInstallDependencies: false } },
    };
    return Object.fromEntries(entries.map(({ name }) => [name, settings]));
}

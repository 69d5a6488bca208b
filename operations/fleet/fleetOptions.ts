/** Where engines that bring stacks up by themselves find them. */
export interface FleetOptions {
    /** The URL of the git repository with the project. */
    repo: string;
    /** Its branch. Default: main. */
    branch?: string;
    /** The folder in it that has Pulumi.yaml. Default: the repository's own. */
    repoDir?: string;
    /** The image that pulumi runs in, with `istioctl` and `kubectl` in it. */
    image: string;
}

/** The branch of a {@link FleetOptions}. */
export const defaultBranch = "main";

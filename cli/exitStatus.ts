/** The exit statuses of the commands; a command whose 1 or 2 means more says so in {@link exitStatuses}. */
export const ExitStatus = {
    done: 0,
    failed: 1,
    /** Of review. */
    changes: 2,
} as const;

/** What the exit statuses of a command mean: of 0, of 1, and of 2 if it has that. */
export const exitStatuses: Record<string, string[]> = {
    verify: [
        "the mesh is as expected",
        "it is not",
        "cannot tell: no kubeconfig, no permission, no API server",
    ],
    review: ["nothing changes", "blocked", "changes"],
    check: ["no error, perhaps warnings", "an error"],
    rotate: ["done", "failed, or a question was not answered with yes"],
    migrate: ["done", "failed, or a question was not answered with yes"],
    destroy: ["done", "failed, or a question was not answered with yes"],
};

/** The exit statuses of a command, for its help. */
export function exitStatusHelp(command: string): string {
    const meanings = exitStatuses[command] ?? ["done", "failed"];
    return `Exit status: ${meanings.map((meaning, status) => `${status} ${meaning}`).join("; ")}.`;
}

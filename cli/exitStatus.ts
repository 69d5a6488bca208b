/** The exit statuses of the commands. */
export const ExitStatus = {
    done: 0,
    failed: 1,
    /** Of `review`, and of `verify` if it cannot tell. */
    other: 2,
} as const;

const asking = ["done", "failed, or a question was not answered with yes"];

/** What each exit status means, by command: of 0, of 1, and of 2 if the command has it. */
const meanings: Record<string, string[]> = {
    verify: [
        "the mesh is as expected",
        "it is not",
        "cannot tell: no kubeconfig, no permission, no API server",
    ],
    review: ["nothing changes", "blocked", "changes"],
    check: ["no error, perhaps warnings", "an error"],
    rotate: asking,
    migrate: asking,
    destroy: asking,
};

/** The exit statuses of all commands, a line for each kind of command. */
export function exitStatusLines(): string[] {
    const rows = [...Object.entries(meanings), ["others", ["done", "failed"]] as const];
    return rows.map(
        ([name, statuses]) =>
            `  ${name.padEnd(9)} ${statuses.map((meaning, status) => `${status} ${meaning}`).join("; ")}`,
    );
}

/** What the exit statuses of a command mean, in their order. */
export function exitStatuses(command: string): string[] {
    return meanings[command] ?? ["done", "failed"];
}

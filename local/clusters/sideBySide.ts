/**
 * Does something for each name at once, and waits for all of them, also when one fails.
 *
 * @throws what the one that failed threw; if several did, an error with all their messages
 */
export async function sideBySide(
    names: Iterable<string>,
    action: (name: string) => Promise<void>,
): Promise<void> {
    const results = await Promise.allSettled([...names].map(action));
    const errors = results
        .filter((result) => result.status === "rejected")
        .map(({ reason }) => reason as Error);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
        throw new AggregateError(errors, errors.map(({ message }) => message).join("\n\n"));
}

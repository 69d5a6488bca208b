/**
 * Does something for each at once, and waits for all of them, also when one fails.
 *
 * @throws what the one that failed threw; if several did, an error with all their messages
 */
export async function sideBySide<T>(each: Iterable<T>, action: (one: T) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled([...each].map(action));
    const errors = results
        .filter((result) => result.status === "rejected")
        .map(({ reason }) => reason as Error);
    const [first, ...others] = errors;
    if (first === undefined) return;
    throw others.length === 0 ? first : new AggregateError(errors, errors.map(String).join("\n\n"));
}

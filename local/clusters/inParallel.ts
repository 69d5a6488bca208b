import pMap from "p-map";

/**
 * Does something for each in parallel, and waits for all of them, even if one fails.
 *
 * @throws what the one that failed threw; if several did, an error with all their messages
 */
export async function inParallel<T>(each: Iterable<T>, action: (one: T) => Promise<void>): Promise<void> {
    try {
        await pMap(each, action, { stopOnError: false });
    } catch (error) {
        const { errors } = error as AggregateError;
        throw errors.length === 1 ? errors[0] : new AggregateError(errors, errors.map(String).join("\n\n"));
    }
}

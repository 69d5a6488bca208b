/** Runs a step; its error is led by what the step was, as the official provider words it. */
export function explain<T>(failure: string, step: () => T): T {
    try {
        return step();
    } catch (error) {
        throw new Error(`${failure}: ${(error as Error).message}`, { cause: error });
    }
}

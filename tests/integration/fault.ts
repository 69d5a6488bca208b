import { DetailedError, message } from "../../operations/errors";

export type Operation = () => Promise<unknown>;

/** What goes wrong in the middle of an operation. */
export interface Fault {
    strike: () => Promise<void>;
    /** An error that the fault causes. Default: it causes none, so the operation must succeed. */
    causes?: RegExp;
}

/**
 * Strikes while an operation runs. An operation that fails because of the fault is repeated once, as its user would do.
 *
 * @param moment - resolves when the fault is to strike
 * @returns what it failed by at first; undefined if it did not fail
 * @throws Error with what the operation failed by, if that was not the fault or if the repetition fails too
 */
export async function strikeAt(
    moment: Promise<void>,
    fault: Fault,
    operation: Operation,
): Promise<string | undefined> {
    let begun = false;
    const strike = moment.then(() => {
        begun = true;
        return fault.strike();
    });
    // An operation that fails earlier is what is reported.
    strike.catch(() => undefined);
    const error = await failure(operation);
    if (error !== undefined && !(begun && isCausedBy(fault, error))) {
        throw new Error(`The operation failed, and not because of the planted fault:\n${error}`);
    }
    await strike;
    if (error !== undefined) {
        await operation();
    }
    return error;
}

/** What an operation failed by, with all its details; undefined if it succeeded. */
export async function failure(operation: Operation): Promise<string | undefined> {
    return operation().then(
        () => undefined,
        (error: unknown) => (error instanceof DetailedError ? error.details : message(error)),
    );
}

/** Whether a fault caused all errors in a text, one for each resource. Pulumi reports the stack's own too: "update failed". */
function isCausedBy({ causes }: Fault, text: string): boolean {
    const errors = text
        .split("\n\n")
        .filter((block) => block.includes("error:") && !/error: update failed\s*$/.test(block));
    return causes !== undefined && (errors.length > 0 ? errors : [text]).every((each) => causes.test(each));
}

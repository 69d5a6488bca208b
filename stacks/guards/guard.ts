import { Refusal, Refused } from "../refusal";

/**
 * Judges a change before it is made. It returns why the `up` is refused, or undefined. If it needs something that cannot be read,
 * or that is refused already, the reader throws that refusal ({@link Refused}).
 */
export type Guard<Change> = (change: Change) => Judgement | Promise<Judgement>;

type Judgement = Refusal | undefined;

/**
 * Evaluates all guards of a phase, in their order.
 *
 * @param unchanged - what is left as it is if the `up` is refused
 * @throws Refused with every refusal of the phase, each once.
 */
export async function refuse<Change>(
    guards: Guard<Change>[],
    change: Change,
    unchanged?: string,
): Promise<void> {
    const refusals = new Set<Refusal>();
    for (const guard of guards) {
        try {
            const refusal = await guard(change);
            if (refusal) {
                refusals.add(refusal);
            }
        } catch (error) {
            if (!(error instanceof Refused)) {
                throw error;
            }
            error.refusals.forEach((refusal) => refusals.add(refusal));
        }
    }
    if (refusals.size > 0) {
        throw new Refused([...refusals], unchanged);
    }
}

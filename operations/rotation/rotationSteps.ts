/** The roots of stack root's settings. */
export interface Roots {
    /** The old one first, the new one after it. */
    roots: string[];
    signingRoot: string;
}

/** One step of a root's replacement: what the settings say while it is taken, through all clusters. */
export interface RotationStep extends Roots {
    title: string;
}

/**
 * The steps that are left until one root has taken another's place: trust both, sign with the new one, trust it alone.
 *
 * @param to - the new root's name; default: the old one's with the next number
 * @throws Error where there is nothing that could be gone on with.
 */
export function rotationSteps(now: Roots, to?: string): RotationStep[] {
    const [from, next = to ?? nextName(now.roots[0]!)] = pair(now);
    if (next === from || (to !== undefined && to !== next)) {
        throw new Error(
            next === from
                ? `Root ${from} signs already. Name another one.`
                : `The rotation from ${from} to ${next} is under way. Finish it (without --to ${to}), or undo it (--back).`,
        );
    }
    const both = [from, next];
    const steps = [
        { title: `Trust ${next} beside ${from}`, roots: both, signingRoot: from },
        { title: `Sign with ${next}`, roots: both, signingRoot: next },
        { title: `Trust ${next} alone`, roots: [next], signingRoot: next },
    ];
    return steps.slice(now.roots.length === 1 ? 0 : now.signingRoot === from ? 1 : 2);
}

/** The steps back to the old root; until it is gone. @throws Error where no rotation is under way. */
export function rollbackSteps(now: Roots): RotationStep[] {
    const [from, next] = pair(now);
    if (next === undefined) {
        throw new Error(`No rotation is under way: ${from} is the only root.`);
    }
    const steps = [
        { title: `Sign with ${from} again`, roots: [from, next], signingRoot: from },
        { title: `Trust ${from} alone`, roots: [from], signingRoot: from },
    ];
    return steps.slice(now.signingRoot === from ? 1 : 0);
}

/** Whether two stands are one. */
export function same(one: Roots, other: Roots): boolean {
    return (
        one.signingRoot === other.signingRoot &&
        [...one.roots].sort().join() === [...other.roots].sort().join()
    );
}

/** What --back starts from where the first step forth was written and not taken: its settings are undone as if it had been. */
export function resumedRoots(standing: Roots, wanted: Roots): Roots {
    pair(wanted);
    const [only] = standing.roots;
    return standing.roots.length === 1 && wanted.roots.length === 2 && wanted.roots.includes(only!)
        ? { roots: [only!, ...wanted.roots.filter((name) => name !== only)], signingRoot: only! }
        : standing;
}

function pair({ roots }: Roots): [string, string?] {
    const [from, next, ...more] = roots;
    if (more.length > 0) {
        throw new Error(
            `There are ${roots.length} roots: ${roots.join(", ")}. A rotation is from one to one other.`,
        );
    }
    return [from!, next];
}

/** root -> root-2 -> root-3. */
function nextName(name: string): string {
    const [, stem, number] = /^(.*?)(?:-(\d+))?$/.exec(name)!;
    return `${stem}-${Number(number ?? 1) + 1}`;
}

/** The roots that are trusted, and the one that signs. */
export interface Roots {
    /** The old root first, then the new one. */
    roots: string[];
    signingRoot: string;
}

/** One step in the replacement of a root: the settings during this step, which is taken through all clusters. */
export interface RotationStep extends Roots {
    title: string;
}

/**
 * The remaining steps until one root has replaced another: trust both, sign with the new one, trust it alone.
 *
 * @param to - the new root's name; default: the old root's name with the next number
 * @throws Error if another rotation is under way, or the new root is the old one.
 */
export function rotationSteps(now: Roots, to?: string): RotationStep[] {
    const [from, next = to ?? nextName(now.roots[0]!)] = pair(now);
    if (next === from || (to !== undefined && to !== next)) {
        throw new Error(
            next === from
                ? `Root ${from} already signs. Name another root.`
                : `A rotation from ${from} to ${next} is under way. Finish it (without --to ${to}), or undo it (--back).`,
        );
    }
    const both = [from, next];
    const steps = [
        { title: `Trust ${next} along with ${from}`, roots: both, signingRoot: from },
        { title: `Sign with ${next}`, roots: both, signingRoot: next },
        { title: `Trust ${next} alone`, roots: [next], signingRoot: next },
    ];
    return steps.slice(now.roots.length === 1 ? 0 : now.signingRoot === from ? 1 : 2);
}

/** The steps back to the old root, which are possible until it is removed. @throws Error if no rotation is under way. */
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

/** Whether the roots are the same. */
export function same(one: Roots, other: Roots): boolean {
    return (
        one.signingRoot === other.signingRoot &&
        [...one.roots].sort().join() === [...other.roots].sort().join()
    );
}

/** Where --back starts if the first step was written but not taken: its settings are undone as if it had been taken. */
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
            `There are ${roots.length} roots: ${roots.join(", ")}. A rotation replaces one root with one other.`,
        );
    }
    return [from!, next];
}

/** root -> root-2 -> root-3. */
function nextName(name: string): string {
    const [, stem, number] = /^(.*?)(?:-(\d+))?$/.exec(name)!;
    return `${stem}-${Number(number ?? 1) + 1}`;
}

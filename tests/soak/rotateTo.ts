import type { Project } from "../../operations/project/project";
import { rotate } from "../../operations/rotation/rotate";
import { type Roots, rotationSteps, same } from "../../operations/rotation/rotationSteps";
import { standingRoots } from "../../operations/rotation/rotationSettings";

/** Takes steps of a rotation until root has these roots, whatever its state is now. */
export async function rotateTo(project: Project, target: Roots): Promise<void> {
    const reached = async () => same((await standingRoots(project, "root"))!, target);
    await rotate(project, "root", { ask: async () => !(await reached()) });
    if (!(await reached())) {
        throw new Error(`The rotation did not end at ${JSON.stringify(target)}.`);
    }
}

/** Root's roots once this many steps of a rotation are taken: of the one that is under way, or of the next. */
export async function afterSteps(project: Project, steps: number): Promise<Roots> {
    const now = (await standingRoots(project, "root"))!;
    const left = rotationSteps(now);
    const taken = 3 - left.length;
    if (steps === taken) {
        return now;
    }
    return steps > taken ? left[steps - taken - 1]! : afterNext(left.at(-1)!, steps);
}

/** The same for the rotation after the one that ends like this. */
function afterNext(end: Roots, steps: number): Roots {
    return steps === 0 ? end : rotationSteps(end)[steps - 1]!;
}

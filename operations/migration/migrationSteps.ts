import { formerCaName, ownCaName } from "../../pki/formerCa";
import { rollbackSteps, Roots, RotationStep, rotationSteps, same } from "../rotation/rotationSteps";

/** A step, and the clusters that take it: the others have already reached it. */
export interface MigrationStep extends RotationStep {
    clusters: string[];
}

const before: Roots = { roots: [formerCaName], signingRoot: formerCaName };
const forth = rotationSteps(before, ownCaName);
const stands = [before, ...forth];

/** The remaining steps until every cluster trusts its stack's CA alone. Each is taken by the clusters that have not reached it. */
export function migrationSteps(clusters: Record<string, Roots>): MigrationStep[] {
    return forth
        .map((step, index) => ({ ...step, clusters: named(clusters, (stand) => stand <= index) }))
        .filter((step) => step.clusters.length > 0);
}

/** The steps back to the previous CA. @throws Error naming the clusters that no longer trust it. */
export function returnSteps(clusters: Record<string, Roots>): MigrationStep[] {
    const gone = named(clusters, (stand) => stand === forth.length);
    if (gone.length > 0) {
        throw new Error(
            `${gone.join(", ")} no longer ${gone.length > 1 ? "trust" : "trusts"} the previous CA, so there is no way back to it.`,
        );
    }
    return rollbackSteps(forth[1]!)
        .map((step, index) => ({ ...step, clusters: named(clusters, (stand) => stand > 1 - index) }))
        .filter((step) => step.clusters.length > 0);
}

function named(clusters: Record<string, Roots>, condition: (stand: number) => boolean): string[] {
    return Object.entries(clusters)
        .filter(([, roots]) => condition(standOf(roots)))
        .map(([name]) => name);
}

/** How many steps the cluster has taken. */
function standOf(roots: Roots): number {
    return stands.findIndex((each) => same(each, roots));
}

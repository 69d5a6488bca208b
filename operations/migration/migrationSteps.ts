import { formerCaName, ownCaName } from "../../pki/formerCa";
import { rollbackSteps, Roots, RotationStep, rotationSteps, same } from "../rotation/rotationSteps";

/** A step of all clusters, and those that take it: others are there or further already. */
export interface MigrationStep extends RotationStep {
    clusters: string[];
}

const before: Roots = { roots: [formerCaName], signingRoot: formerCaName };
const forth = rotationSteps(before, ownCaName);
const stands = [before, ...forth];

/** The steps that are left until every cluster stands under its stack's CA alone; each is taken by those that are behind. */
export function migrationSteps(clusters: Record<string, Roots>): MigrationStep[] {
    return forth
        .map((step, index) => ({ ...step, clusters: named(clusters, (stand) => stand <= index) }))
        .filter((step) => step.clusters.length > 0);
}

/** The steps back to the former CA. @throws Error naming the clusters that have left it. */
export function returnSteps(clusters: Record<string, Roots>): MigrationStep[] {
    const gone = named(clusters, (stand) => stand === forth.length);
    if (gone.length > 0) {
        throw new Error(`${gone.join(", ")} no longer trust the former CA: nothing leads back to it.`);
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

/** How many steps were taken. */
function standOf(roots: Roots): number {
    return stands.findIndex((each) => same(each, roots));
}

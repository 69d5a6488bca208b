import { MigrationStage, migrationStages } from "../../pki/previousCa";

/** A step of a migration, and the clusters that take it: the others have already taken it. */
export interface MigrationStep {
    /** The stage that the clusters reach. */
    stage: MigrationStage;
    title: string;
    clusters: string[];
}

const forth: Omit<MigrationStep, "clusters">[] = [
    { stage: "trust-both", title: "Trust both CAs" },
    { stage: "sign-own", title: "Sign with the stack's CA" },
    { stage: "trust-own", title: "Trust the stack's CA alone" },
];
const back: Omit<MigrationStep, "clusters">[] = [
    { stage: "trust-both", title: "Sign with the previous CA again" },
    { stage: "trust-previous", title: "Trust the previous CA alone" },
];

/** The remaining steps until every cluster trusts its stack's CA alone; each is taken by those that lag behind. */
export function migrationSteps(clusters: Record<string, MigrationStage>): MigrationStep[] {
    return stepsOf(forth, clusters, (from, to) => from < to);
}

/** The steps back to the previous CA. @throws Error naming the clusters that no longer trust it. */
export function returnSteps(clusters: Record<string, MigrationStage>): MigrationStep[] {
    const gone = Object.keys(clusters).filter((name) => clusters[name] === "trust-own");
    if (gone.length > 0) {
        const trust = gone.length === 1 ? "trusts" : "trust";
        throw new Error(
            `${gone.join(", ")} no longer ${trust} the previous CA, so there is no way back to it.`,
        );
    }
    return stepsOf(back, clusters, (from, to) => from > to);
}

function stepsOf(
    steps: Omit<MigrationStep, "clusters">[],
    clusters: Record<string, MigrationStage>,
    isLeft: (from: number, to: number) => boolean,
): MigrationStep[] {
    const order = (stage: MigrationStage) => migrationStages.indexOf(stage);
    return steps
        .map((step) => ({
            ...step,
            clusters: Object.keys(clusters).filter((name) =>
                isLeft(order(clusters[name]!), order(step.stage)),
            ),
        }))
        .filter((step) => step.clusters.length > 0);
}

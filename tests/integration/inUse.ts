/** The local clusters that this process brought up. */
export const clustersInUse = new Set<string>();

/** What the last runs of Pulumi said. */
export const recentOutcomes: string[] = [];

export function noteOutcome(command: string, output: string): void {
    recentOutcomes.push(`$ ${command}\n${output}`);
    recentOutcomes.splice(0, recentOutcomes.length - 5);
}

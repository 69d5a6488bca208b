/** What is wrong with a plugged-in CA. */
export interface Finding {
    /** The rule's name, which does not change. */
    rule: string;
    /** An error keeps istiod or workloads from working; a warning will, or hinders who looks after it. */
    severity: "error" | "warning";
    /** The file it is about. */
    file: string;
    /** What was found; never a key. */
    found: string;
    /** What istiod, Envoy or the other clusters do with it. */
    effect: string;
    /** What to do. */
    remedy: string;
}

/** Where the pages explain a rule. */
export function explained(rule: string): string {
    return `See docs/rules.md#${rule}`;
}

/** Findings for people: a line each for what, effect, remedy, and where to read more. */
export function formatFindings(findings: Finding[]): string {
    return findings
        .map(
            ({ rule, severity, file, found, effect, remedy }) =>
                `${severity} ${rule}, ${file}: ${found}\n    ${effect}\n    ${remedy}\n    ${explained(rule)}`,
        )
        .join("\n");
}

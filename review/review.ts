import { Consequence, consequences } from "./consequences";
import { Finding, findings } from "./findings";
import { Link, linksOf } from "./links";
import { OutputChange } from "./outputs";
import { StackPreview } from "./preview";
import { Operation, Resource } from "./resource";
import { TrustChange, trustChanges } from "./trust";

/** Whether an `up` would change anything, and whether an error blocks it. */
export type Verdict = "nothing" | "changes" | "blocked";

/** A resource that changes, by its names alone. */
export type ResourceChange = Pick<Resource, "type" | "name" | "operation" | "changed">;

/** What the `up` of one stack would do. */
export interface StackReview {
    stack: string;
    role: string;
    verdict: Verdict;
    trust: TrustChange[];
    consequences: Consequence[];
    findings: Finding[];
    resources: ResourceChange[];
    /** Of a stack that links clusters: who reads whom afterwards. Otherwise empty. */
    links: Link[];
    /** The outputs that change. A revocation, for example, changes nothing else in stack root. */
    outputs: OutputChange[];
}

/** What the `up` of stacks would do. All of it is public. */
export interface Review {
    verdict: Verdict;
    stacks: StackReview[];
    /** Stacks that still have resources although their settings are gone; looked up if no stacks are named. */
    forgotten: string[];
}

/** Reviews previews together, because the clusters plug in next what a root signs. */
export function reviewOf(previews: StackPreview[], forgotten: string[] = []): Review {
    const stacks = previews.map((preview) => stackReview(preview, previews));
    return { verdict: worst(stacks.map(({ verdict }) => verdict)), stacks, forgotten };
}

function stackReview(preview: StackPreview, all: StackPreview[]): StackReview {
    const { stack, role, succeeded, outputs } = preview;
    const trust = trustChanges(preview, all).sort((one, other) =>
        compare(one.cluster ?? "", other.cluster ?? ""),
    );
    const found = findings(preview);
    const resources = preview.resources
        .filter(({ operation }) => operation !== "same")
        .map(({ type, name, operation, changed }) => ({ type, name, operation, changed }))
        .sort((one, other) => compare(one.name, other.name) || compare(one.type, other.type));
    const blocked = !succeeded || found.some(({ severity }) => severity === "error");
    const unprotected = preview.resources.some((resource) => resource.unprotected);
    const changes = resources.length > 0 || trust.length > 0 || outputs.length > 0 || unprotected;
    return {
        stack,
        role,
        verdict: blocked ? "blocked" : changes ? "changes" : "nothing",
        trust,
        consequences: consequences(preview, trust, all),
        findings: found,
        resources,
        links: linksOf(preview, all),
        outputs,
    };
}

/** The engine's order differs from run to run. */
function compare(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}

function worst(verdicts: Verdict[]): Verdict {
    return (["blocked", "changes"] as const).find((verdict) => verdicts.includes(verdict)) ?? "nothing";
}

/** How many resources each operation changes, as "1 to create, 2 to update". */
export function counts(resources: ResourceChange[]): string {
    const order: Operation[] = ["create", "import", "update", "replace", "delete"];
    return order
        .map((operation) => [operation, resources.filter((each) => each.operation === operation).length])
        .filter(([, count]) => count !== 0)
        .map(([operation, count]) => `${count} to ${operation}`)
        .join(", ");
}

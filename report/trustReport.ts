import { Finding, findingsOf } from "./findings";
import { StackFacts, TrustFacts, trustFacts } from "./trustFacts";

/** Who trusts whom in a project, what is under way, and what to do next. */
export interface TrustReport extends TrustFacts {
    project: string;
    /** When it was made, ISO 8601. */
    at: string;
    /** The worst first. */
    findings: Finding[];
}

/** Reports what the stacks of a project have exported. */
export function trustReport(project: string, stacks: StackFacts[], now = new Date()): TrustReport {
    const facts = trustFacts(stacks);
    return { project, at: now.toISOString(), ...facts, findings: findingsOf(facts, now) };
}

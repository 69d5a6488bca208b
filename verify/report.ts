import { CertificateFacts } from "../pki/certificate";
import type { ExpectedCa } from "./expectedCa";

/** One thing that was looked at. */
export interface Check {
    name: string;
    expected: string;
    observed: string;
    ok: boolean;
}

/** The certificates that were seen, by who served them, and the expected `root` and `ca`. */
export type Certificates = Record<string, CertificateFacts>;

/** What one probe of the mesh observed. */
export interface Observation {
    checks: Check[];
    /** By who served them. */
    certificates?: Certificates;
    /** What was left out, and why. */
    skipped?: string[];
}

/** A probe's last observation, and how long it took. */
export interface Settled extends Observation {
    name: string;
    duration: Duration;
}

/** How long a probe took. */
export interface Duration {
    milliseconds: number;
    attempts: number;
}

/** Whether a mesh is as expected. */
export const Verdict = {
    /** It is as expected. */
    Passed: "passed",
    /** It is not as expected. */
    Failed: "failed",
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** What stays the same from run to run while the CA does: fit for a stack's output. Dates are ISO 8601. */
export interface Summary {
    /** Passed, if no check failed. */
    verdict: Verdict;
    /** The names of the checks that failed. */
    failed: string[];
    /** How many checks were made. */
    checks: number;
    /** What was left out, and why. */
    skipped: string[];
    /** The trust domain that the workloads were seen to be in. */
    trustDomain: string;
    /** The root that was expected. */
    root: CertificateFacts;
    /** The intermediate that was expected. */
    ca: CertificateFacts;
}

/** A whole verification. */
export interface Report {
    verdict: Verdict;
    context: string;
    checks: Check[];
    /** What was left out, and why. */
    skipped: string[];
    certificates: Certificates;
    durations: Record<string, Duration>;
    summary: Summary;
}

/** Puts together what the probes observed. */
export function report({
    context,
    trustDomain,
    expected,
    settled,
    skipped,
}: {
    context: string;
    trustDomain: string;
    expected: ExpectedCa;
    settled: Settled[];
    skipped: string[];
}): Report {
    const checks = settled.flatMap((each) => each.checks);
    const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    const verdict = failed.length === 0 && checks.length > 0 ? Verdict.Passed : Verdict.Failed;
    const root = expected.roots[0]!.facts;
    const ca = expected.caCert.facts;
    const leftOut = [...skipped, ...settled.flatMap((each) => each.skipped ?? [])];
    return {
        verdict,
        context,
        checks,
        skipped: leftOut,
        certificates: Object.assign(
            { root, ca },
            ...settled.map((each) => each.certificates),
        ) as Certificates,
        durations: Object.fromEntries(settled.map(({ name, duration }) => [name, duration])),
        summary: { verdict, failed, checks: checks.length, skipped: leftOut, trustDomain, root, ca },
    };
}

/** A check whose verdict is that the observed text is the expected one. */
export function same(name: string, expected: string, observed: string): Check {
    return { name, expected, observed, ok: observed === expected };
}

import { Check, Verdict } from "./report";

/** Why the workloads of one cluster do not reach those of another. */
export const Fault = {
    /** They would not accept each other's certificates, or accept what they must not. */
    Trust: "trust",
    /** The request, or the handshake, does not arrive. */
    Reachability: "reachability",
} as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** What was seen from the workloads of one cluster to those of another. */
export interface Cell {
    /** The cluster whose workload asks. */
    from: string;
    /** The cluster whose workload is asked. */
    to: string;
    /** Whether all is as expected. */
    ok: boolean;
    /** Absent if all is well. */
    fault?: Fault;
    /** What was found; absent if all is well. */
    found?: string;
    /** What to do; absent if all is well. */
    remedy?: string;
}

/** A cell, and all that was looked at for it. */
export interface SeenCell extends Cell {
    checks: Check[];
}

/** What stays the same from run to run while trust and links do: fit for a stack's output. */
export interface MatrixSummary {
    /** Passed, if every cell is as expected. */
    verdict: Verdict;
    /** The clusters of the mesh. */
    clusters: string[];
    /** How many checks were made. */
    checks: number;
    /** Every two clusters, in both directions. */
    cells: Cell[];
}

/** The whole matrix. */
export interface MatrixReport {
    verdict: Verdict;
    clusters: string[];
    cells: SeenCell[];
    /** How long it took, milliseconds. */
    milliseconds: number;
    summary: MatrixSummary;
}

/** Puts the cells together. */
export function matrixReport(clusters: string[], cells: SeenCell[], milliseconds: number): MatrixReport {
    const verdict = cells.length > 0 && cells.every(({ ok }) => ok) ? Verdict.Passed : Verdict.Failed;
    const checks = cells.reduce((sum, cell) => sum + cell.checks.length, 0);
    const facts = cells.map(({ from, to, ok, fault, found, remedy }): Cell => ({
        from,
        to,
        ok,
        ...(fault && { fault }),
        ...(found !== undefined && { found }),
        ...(remedy !== undefined && { remedy }),
    }));
    return { verdict, clusters, cells, milliseconds, summary: { verdict, clusters, checks, cells: facts } };
}

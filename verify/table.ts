import { styleText } from "node:util";
import Table from "cli-table3";
import { CertificateFacts, shorten } from "../pki/certificate";
import { Check, Report } from "./report";

/** Widths of the columns mark, name and text; with the gaps they stay within 110. */
const colWidths = [5, 49, 55];

/** Columns without lines around them. */
const plainChars = Object.fromEntries(
    [
        ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
        ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
    ].map((name) => [name, ""]),
);

/**
 * A report for people, at most 110 columns wide: the certificates, what was seen, and for what failed also what was
 * expected.
 */
export function formatReport(report: Report, colour: boolean): string {
    const paint = (format: Parameters<typeof styleText>[0], text: string) =>
        colour ? styleText(format, text, { validateStream: false }) : text;
    const table = new Table({
        chars: plainChars,
        colWidths,
        wordWrap: true,
        style: { "padding-left": 0, "padding-right": 1, head: [], border: [] },
    });
    const mark = (ok: boolean) => (ok ? paint("green", "ok") : paint("red", "FAIL"));
    table.push(
        ...Object.entries(report.certificates).map(([name, facts]) => ["", name, describe(facts)]),
        ["", "", ""],
        ...report.checks.map((check) => [mark(check.ok), check.name, outcome(check)]),
        ...report.skipped.map((each) => [paint("yellow", "skip"), ...splitOnce(each)]),
    );
    return `Mesh verification, context ${report.context}\n\n${trimLines(table.toString())}\n\n${conclusion(report, paint)}\n`;
}

function describe({ subject, fingerprint, notBefore, notAfter }: CertificateFacts): string {
    const days = [notBefore, notAfter].map((date) => `${date.slice(0, 16)}Z`).join(" to ");
    return [subject || "(no subject)", shorten(fingerprint), days].join("\n");
}

function outcome({ ok, expected, observed }: Check): string {
    return ok ? observed : `expected ${expected}\nobserved ${observed}`;
}

function conclusion(
    { checks, summary }: Report,
    paint: (format: "green" | "red", text: string) => string,
): string {
    const failed = summary.failed.length;
    return failed === 0
        ? paint("green", `passed: ${checks.length} checks`)
        : paint("red", `FAILED: ${failed} of ${checks.length} checks`);
}

function splitOnce(text: string): [string, string] {
    const [subject, ...rest] = text.split(": ");
    return [subject!, rest.join(": ")];
}

function trimLines(text: string): string {
    return text.replace(/[ \t]+$/gm, "");
}

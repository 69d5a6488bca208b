import { styleText } from "node:util";
import Table from "cli-table3";
import { Cell, MatrixReport } from "./matrixReport";
import { Verdict } from "./report";

/** The matrix for people: who asks in the rows, who is asked in the columns; then what was found, and what to do. */
export function formatMatrix(
    { clusters, cells, verdict, milliseconds }: MatrixReport,
    colour: boolean,
): string {
    const paint = (format: "green" | "red", text: string) =>
        colour ? styleText(format, text, { validateStream: false }) : text;
    const table = new Table({
        style: { head: [], border: [], compact: true },
        head: ["from \\ to", ...clusters],
    });
    const cellOf = (from: string, to: string) => cells.find((cell) => cell.from === from && cell.to === to);
    const mark = (cell: Cell | undefined) =>
        cell === undefined ? "" : cell.ok ? paint("green", "ok") : paint("red", cell.fault!);
    for (const from of clusters) {
        table.push([from, ...clusters.map((to) => mark(cellOf(from, to)))]);
    }
    const bad = cells.filter(({ ok }) => !ok);
    const faults = bad.map(
        ({ from, to, fault, found, remedy }) => `${from} -> ${to}: ${fault}\n    ${found}\n    ${remedy}\n`,
    );
    const seconds = (milliseconds / 1000).toFixed(1);
    const conclusion =
        verdict === Verdict.Passed
            ? paint("green", `passed: ${cells.length} links in ${seconds} s`)
            : paint("red", `FAILED: ${bad.length} of ${cells.length} links`);
    return `Trust between the clusters of the mesh\n\n${table.toString()}\n\n${faults.join("\n")}${conclusion}\n`;
}

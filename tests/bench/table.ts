import Table from "cli-table3";
import { figure, Measure } from "./measure";

/** The measures for people, with what was noted beneath. */
export function formatMeasures(measures: Measure[]): string {
    const table = new Table({
        head: ["measure", "ours", "reference", "", "ratio", "target", "met"],
        colAligns: ["left", "right", "left", "right", "right", "right", "left"],
        style: { head: [], border: [], compact: true },
    });
    for (const measure of measures) {
        const { name, ours, reference, target, unit } = measure;
        const value = figure(measure);
        table.push([
            name,
            amount(ours, unit),
            reference?.name ?? "",
            reference ? amount(reference.seconds) : "",
            reference ? value.toFixed(2) : "",
            reference ? target.toFixed(2) : amount(target, unit),
            value <= target ? "yes" : "NO",
        ]);
    }
    const notes = measures.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`));
    return measures.length > 0 ? [table.toString(), "", ...notes].join("\n") : "Nothing was measured.";
}

function amount(value: number, unit = "s"): string {
    return `${value.toFixed(1)} ${unit}`;
}

import Table from "cli-table3";
import type { CaStatus } from "../operations/status";

/** The status as a table for people: dates, and how many days are left. */
export function statusTable(found: CaStatus[], now = new Date()): string {
    const days = (date: string) => Math.floor((Date.parse(date) - now.getTime()) / 86_400_000);
    const shown = (date: string | undefined, none: string) =>
        date === undefined ? none : `${date.slice(0, 10)} (${days(date)} days)`;
    const table = new Table({
        style: { head: [], border: [] },
        head: ["Stack", "CA", "Status", "Fingerprint", "Expires", "Renewed by an up from"],
    });
    for (const { stack, ca, status, fingerprint, notAfter, renewFrom } of found) {
        const renews = shown(renewFrom, notAfter === undefined ? "-" : "not by an up");
        table.push([stack, ca, status, fingerprint?.slice(0, 23) ?? "-", shown(notAfter, "-"), renews]);
    }
    return table.toString();
}

import Table from "cli-table3";
import type { CaStatus } from "../operations/status";

/** How many CAs are shown each in a row of its own, and how many stacks of a group are named. */
const most = { rows: 40, names: 6 };

/** What is wrong with a CA, the worst first. */
const conditions = [
    "expired",
    "due to be renewed",
    "expires within 90 days",
    "without a CA",
    "as it should be",
] as const;
type Condition = (typeof conditions)[number];

const day = 86_400_000;

/**
 * The status as a table for people: dates, and how many days are left. Of very many, those that need somebody are shown first, each in a
 * row, and the others as groups.
 */
export function statusTable(found: CaStatus[], now = new Date()): string {
    if (found.length <= most.rows) {
        return rowsOf(found, now);
    }
    const urgent = conditions.slice(0, -1).flatMap((condition) => having(found, condition, now));
    const hidden = urgent.length - most.rows;
    const stacks = new Set(found.map(({ stack }) => stack)).size;
    return [
        `${found.length} CAs of ${stacks} stacks: ${counts(found, now)}.`,
        ...(urgent.length > 0 ? [rowsOf(urgent.slice(0, most.rows), now)] : []),
        ...(hidden > 0 ? [`and ${hidden} more like the last ones, see --json`] : []),
        groupsOf(having(found, "as it should be", now), now),
    ].join("\n");
}

function conditionOf({ notAfter, renewFrom }: CaStatus, now: Date): Condition {
    if (notAfter === undefined) {
        return "without a CA";
    }
    const left = (date: string) => Date.parse(date) - now.getTime();
    if (left(notAfter) <= 0) {
        return "expired";
    }
    if (renewFrom !== undefined) {
        return left(renewFrom) <= 0 ? "due to be renewed" : "as it should be";
    }
    return left(notAfter) < 90 * day ? "expires within 90 days" : "as it should be";
}

/** The CAs in a condition, those that expire next first. */
function having(found: CaStatus[], condition: Condition, now: Date): CaStatus[] {
    return found
        .filter((each) => conditionOf(each, now) === condition)
        .toSorted((one, other) => Date.parse(one.notAfter ?? "0") - Date.parse(other.notAfter ?? "0"));
}

function counts(found: CaStatus[], now: Date): string {
    const numbers = conditions.map((condition) => [condition, having(found, condition, now).length] as const);
    return numbers.flatMap(([condition, number]) => (number > 0 ? `${number} ${condition}` : [])).join(", ");
}

function rowsOf(found: CaStatus[], now: Date): string {
    const table = tableOf("Stack", "CA", "Status", "Fingerprint", "Expires", "Renewed by an up from");
    for (const { stack, ca, status, fingerprint, notAfter, renewFrom } of found) {
        const renews = shown(renewFrom, notAfter === undefined ? "-" : "not by an up", now);
        table.push([stack, ca, status, fingerprint?.slice(0, 23) ?? "-", shown(notAfter, "-", now), renews]);
    }
    return table.toString();
}

/** A row for all CAs of a kind and status; each root has its own. */
function groupsOf(found: CaStatus[], now: Date): string {
    const key = ({ ca, status }: CaStatus) => `${ca.replace(/ for .*/, "")}\n${status}`;
    const table = tableOf("CA", "Status", "Number", "First to expire", "Stacks");
    for (const kind of new Set(found.map(key))) {
        const group = found.filter((each) => key(each) === kind);
        const names = group.map(({ stack }) => stack);
        const rest = names.length > most.names ? ` and ${names.length - most.names} more` : "";
        const named = names.slice(0, most.names).join(", ") + rest;
        table.push([...kind.split("\n"), names.length, shown(group[0]!.notAfter, "-", now), named]);
    }
    return table.toString();
}

function tableOf(...head: string[]) {
    return new Table({ style: { head: [], border: [] }, head });
}

function shown(date: string | undefined, none: string, now: Date): string {
    if (date === undefined) {
        return none;
    }
    const days = Math.floor((Date.parse(date) - now.getTime()) / day);
    return `${date.slice(0, 10)} (${days} days)`;
}

import Table from "cli-table3";
import { Outcome, Outcomes } from "../operations/outcomes";
import type { Project, StackEntry } from "../operations/project/project";
import { print } from "./print";

const shown: Record<Outcome, string> = {
    done: "brought up",
    skipped: "nothing to do since the last up",
    failed: "failed, see below",
    waiting: "waits: run this again",
    left: "left out by --without",
};

/** How many names of a kind are shown, unless they failed. */
const most = 8;

/** What became of the stacks of an `up`, a row for each outcome, and what was not looked at. */
export function outcomeTable(outcomes: Outcomes, stacks: StackEntry[]): string {
    const table = new Table({ style: { head: [], border: [] }, head: ["", "Number", "Stacks"] });
    for (const outcome of Object.keys(shown) as Outcome[]) {
        const names = outcomes.of(outcome);
        if (names.length > 0) {
            table.push([
                shown[outcome],
                names.length,
                outcome === "failed" ? names.join(", ") : shortened(names),
            ]);
        }
    }
    const skipped = outcomes.of("skipped");
    const meshes = stacks.some(({ name, tools }) => skipped.includes(name) && tools.length > 0);
    const note =
        "Meshes with nothing to do were not compared with their clusters: `npm run review -- --refresh` finds what was changed there, and `npm run up -- --all` brings them up, too.";
    return [table.toString(), ...(meshes ? [note] : [])].join("\n");
}

/** Runs an operation; if it fails on the way, the table says how far its last step came. */
export async function tabulated<T>(project: Project, run: (outcomes: Outcomes) => Promise<T>): Promise<T> {
    const outcomes = new Outcomes();
    try {
        return await run(outcomes);
    } catch (error) {
        if (outcomes.hasBegun) {
            print(outcomeTable(outcomes, project.stacks()));
        }
        throw error;
    }
}

/** The same for programs: the stacks of each outcome. */
export function outcomeLists(outcomes: Outcomes): Record<Outcome, string[]> {
    const lists = (Object.keys(shown) as Outcome[]).map((outcome) => [outcome, outcomes.of(outcome)]);
    return Object.fromEntries(lists) as Record<Outcome, string[]>;
}

function shortened(names: string[]): string {
    const rest = names.length - most;
    return rest > 0 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}

/** What became of a stack: its `up` succeeded, was not needed or failed, it waits for another stack, or it was left out. */
export type Outcome = "done" | "skipped" | "failed" | "waiting" | "left";

/** What became of each stack of a walk. */
export class Outcomes {
    private readonly found = new Map<string, Outcome>();

    /** Begins with stacks that all wait. */
    expect(stacks: string[]): void {
        stacks.forEach((stack) => this.found.set(stack, "waiting"));
    }

    /** What is done stays so if it is left out later; a failure stays. */
    note(stack: string, outcome: Outcome): void {
        const before = this.found.get(stack);
        if (before !== "failed" && !(before === "done" && outcome === "skipped")) {
            this.found.set(stack, outcome);
        }
    }

    /** Whether any stack's turn has come. */
    get hasBegun(): boolean {
        return [...this.found.values()].some((outcome) => outcome !== "waiting" && outcome !== "left");
    }

    /** The stacks of an outcome, sorted. */
    of(outcome: Outcome): string[] {
        return [...this.found].flatMap(([stack, each]) => (each === outcome ? [stack] : [])).sort();
    }
}

import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { Changes } from "./changes/changes";
import { eachStack } from "./eachStack";
import { Outcomes } from "./outcomes";
import type { Task } from "./progress";
import type { Project, StackEntry } from "./project/project";
import { leftBehind } from "./without";

/** How a walk goes, and who learns what became of each stack. */
export interface WalkOptions {
    /** Whether stacks with nothing to do are brought up, too. Default: false. */
    all?: boolean;
    outcomes?: Outcomes;
}

/** A walk through stacks, whose `up`s run in an order and only if they have something to do. */
export class Walk {
    readonly outcomes: Outcomes;
    readonly changes: Changes;
    private readonly all: boolean;

    constructor(
        readonly project: Project,
        { all = false, outcomes = new Outcomes() }: WalkOptions = {},
    ) {
        this.all = all;
        this.outcomes = outcomes;
        this.changes = new Changes(project);
    }

    /** Whether a stack's `up` has something to do, as far as is known now. */
    async needs(entry: StackEntry): Promise<boolean> {
        return this.all || (await this.changes.of(entry)) !== undefined;
    }

    /** The same for any of several stacks. */
    async needAny(entries: StackEntry[]): Promise<boolean> {
        return (await this.project.each(entries, (entry) => this.needs(entry))).includes(true);
    }

    /**
     * Brings stacks up, those that have something to do by then.
     *
     * @param onEvent - receives the engine's events
     */
    up(title: string, stacks: StackEntry[], onEvent?: (event: EngineEvent, stack: string) => void): Task[] {
        return eachStack(title, this.project, stacks, {
            skip: async (entry) => {
                const { name } = entry;
                if (this.outcomes.of("failed").includes(name)) {
                    return "failed before";
                }
                if (await this.needs(entry)) {
                    return undefined;
                }
                this.outcomes.note(name, "skipped");
                return "nothing to do since its last up";
            },
            run: async (stack, entry, onOutput) =>
                this.bringUp(stack, {
                    onOutput,
                    ...(await this.messageOf(entry)),
                    ...(onEvent && { onEvent: (event) => onEvent(event, entry.name) }),
                }),
        });
    }

    /** What the stack's history is to say of its `up`. */
    private async messageOf({ name, role }: StackEntry): Promise<{ message?: string }> {
        const message = role === "root" ? await leftBehind(this.project, name) : undefined;
        return message === undefined ? {} : { message };
    }

    /** Brings up one stack, whether or not it has something to do. */
    async bringUp(stack: Stack, options: Parameters<Stack["up"]>[0]): Promise<void> {
        try {
            await stack.up(options);
            this.outcomes.note(stack.name, "done");
        } catch (error) {
            this.outcomes.note(stack.name, "failed");
            throw error;
        } finally {
            this.changes.forget(stack.name);
        }
    }
}

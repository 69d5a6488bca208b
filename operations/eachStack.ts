import { ConcurrentUpdateError, Stack } from "@pulumi/pulumi/automation";
import { DetailedError, message } from "./errors";
import { Task } from "./progress";
import { inParallel } from "./inParallel";
import type { Project, StackEntry } from "./project/project";

/** What to do to a stack; `onOutput` receives what pulumi prints. */
export type Run = (stack: Stack, entry: StackEntry, onOutput: (text: string) => void) => Promise<unknown>;

/** What to do to each stack, and why there is nothing to do, which is asked when its turn comes. */
export interface Work {
    skip?: (entry: StackEntry) => Promise<string | undefined>;
    run: Run;
}

/** What pulumi prints when a resource is finished, and the progress of the verification. */
const finished = / (created|updated|deleted|replaced) | proxies have picked up the CA$/;

/**
 * A task for all stacks, as many at once as the project allows, each showing its last finished resource; no task if there are no
 * stacks. Those with nothing to do are not shown.
 */
export function eachStack(
    title: string,
    project: Project,
    entries: StackEntry[],
    { skip, run }: Work,
): Task[] {
    let due = entries;
    const task: Task = {
        title,
        skip: async () => {
            const reasons = await project.each(entries, async (entry) => skip?.(entry));
            due = entries.filter((_, index) => reasons[index] === undefined);
            return due.length === 0 ? [...new Set(reasons)].join(", ") : undefined;
        },
        run: (progress) => {
            const tasks = due.map((entry) => taskOf(project, entry, run));
            return inParallel(progress, tasks, project.parallel);
        },
    };
    return entries.length > 0 ? [task] : [];
}

function taskOf(project: Project, entry: StackEntry, run: Run): Task {
    return {
        title: entry.name,
        run: async (progress) => {
            const printed: string[] = [];
            const onOutput = (text: string) => {
                printed.push(text);
                const line = text.split("\n").findLast((printedLine) => finished.test(printedLine));
                if (line !== undefined) {
                    progress.report(line.trim());
                }
            };
            try {
                await run(await project.open(entry.name), entry, onOutput);
            } catch (error) {
                const remedy = error instanceof ConcurrentUpdateError ? [unlock(entry.name)] : [];
                const found = diagnostics(printed.join("")) || message(error);
                const details = [`Stack ${entry.name}: ${found}`, ...remedy].join("\n");
                throw new DetailedError(message(error), details);
            }
        },
    };
}

/** What went wrong, without the progress before it and the outputs after it; everything, if pulumi has no such section. */
function diagnostics(printed: string): string {
    const [, found] = printed.split(/^Diagnostics:$/m);
    return (found?.split(/^(?:Outputs|Resources|Duration):/m)[0] ?? printed).trim();
}

function unlock(stack: string): string {
    return `If no pulumi is still working on it, one was killed. Unlock the stack with \`pulumi cancel --stack ${stack}\`, then run this again.`;
}

import { ConcurrentUpdateError, Stack } from "@pulumi/pulumi/automation";
import { DetailedError, message } from "./errors";
import { inParallel, Task } from "./progress";
import type { Project, StackEntry } from "./project/project";

/** What is done to a stack; `onOutput` is given what pulumi prints. */
export type Run = (stack: Stack, entry: StackEntry, onOutput: (text: string) => void) => Promise<unknown>;

/** What pulumi prints of a resource when it is done with it, and the verification's progress. */
const finished = / (created|updated|deleted|replaced) | proxies have picked up the CA$/;

/** A task that does something to stacks in parallel, each showing the resource that was finished last; none without stacks. */
export function eachStack(title: string, project: Project, entries: StackEntry[], run: Run): Task[] {
    const tasks = entries.map((entry): Task => ({
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
    }));
    return entries.length > 0 ? [{ title, run: (progress) => inParallel(progress, tasks) }] : [];
}

/** What went wrong, without the progress before it and the outputs after it; all where pulumi does not say. */
function diagnostics(printed: string): string {
    const [, found] = printed.split(/^Diagnostics:$/m);
    return (found?.split(/^(?:Outputs|Resources|Duration):/m)[0] ?? printed).trim();
}

function unlock(stack: string): string {
    return `If no pulumi is at work on it any more, one was killed: \`pulumi cancel --stack ${stack}\`, then run this again.`;
}

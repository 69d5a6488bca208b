import { Stack } from "@pulumi/pulumi/automation";
import { Listr, ListrTask } from "listr2";
import type { ClusterOutputs } from "../stacks/outputs";
import { Project, StackEntry } from "./project";
import { message, rendering } from "./tasks";

/**
 * Brings stacks up in the order in which they need each other: clusters that have a key to ask a certificate for,
 * then root, then all clusters. Clusters and standalone stacks run side by side.
 */
export function up(project: Project, stacks: StackEntry[]): Listr {
    const roots = stacks.filter(({ role }) => role === "root");
    const clusters = stacks.filter(({ role }) => role !== "root");
    const asking = clusters.filter(({ role }) => role === "cluster");
    return new Listr(
        [
            {
                title: "Prepare the stacks",
                task: () => inSequence(stacks, async ({ name }) => void (await project.open(name))),
            },
            step("Ask for certificates", project, asking, async (stack, entry, onOutput) => {
                if ((await asked(stack)) !== entry.generation) {
                    await stack.up({ onOutput });
                }
            }),
            step("Sign", project, roots, async (stack, _, onOutput) => void (await stack.up({ onOutput }))),
            step(
                "Plug in",
                project,
                clusters,
                async (stack, _, onOutput) => void (await stack.up({ onOutput })),
            ),
        ].filter((task) => task !== undefined),
        rendering,
    );
}

/** Takes stacks down: clusters side by side, then root. The stacks themselves go too where `remove` is set. */
export function destroy(project: Project, stacks: StackEntry[], { remove = false } = {}): Listr {
    const run: Run = async (stack, _, onOutput) => {
        await stack.destroy({ onOutput, remove });
    };
    const roots = stacks.filter(({ role }) => role === "root");
    const clusters = stacks.filter(({ role }) => role !== "root");
    return new Listr(
        [step("Unplug", project, clusters, run), step("Remove the root", project, roots, run)].filter(
            (task) => task !== undefined,
        ),
        rendering,
    );
}

type Run = (stack: Stack, entry: StackEntry, onOutput: (text: string) => void) => Promise<void>;

/** One task a stack, side by side, each showing the last line that pulumi printed; none without stacks. */
function step(title: string, project: Project, entries: StackEntry[], run: Run): ListrTask | undefined {
    if (entries.length === 0) {
        return undefined;
    }
    const tasks = entries.map((entry): ListrTask => ({
        title: entry.name,
        task: async (_, task) => {
            const printed: string[] = [];
            const stack = await project.open(entry.name);
            try {
                await run(stack, entry, (text) => {
                    printed.push(text);
                    task.output = text.trim().split("\n").at(-1) ?? "";
                });
            } catch (error) {
                throw new Error(`Stack ${entry.name}: ${printed.join("").trim() || message(error)}`, {
                    cause: error,
                });
            }
        },
    }));
    return { title, task: (_, task) => task.newListr(tasks, { concurrent: true, exitOnError: true }) };
}

/** The generation that a cluster's stack has asked a certificate for. */
async function asked(stack: Stack): Promise<number | undefined> {
    const outputs = await stack.outputs();
    return (outputs["csr"]?.value as ClusterOutputs["csr"])?.generation;
}

async function inSequence<T>(items: T[], run: (item: T) => Promise<void>) {
    for (const item of items) {
        await run(item);
    }
}

import { createInterface } from "node:readline/promises";
import { Stack } from "@pulumi/pulumi/automation";
import { Command } from "commander";
import { ListrTask } from "listr2";
import { chosen, Project } from "./project";
import { rollbackSteps, Roots, rotationSteps } from "./rotation";
import { DetailedError, main, runTasks } from "./tasks";
import { verify } from "./verification";
import { signAndPlugIn } from "./walk";

interface Options {
    to?: string;
    back?: boolean;
    /** Asked before each step, with its preview. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
    /** How long each cluster's proxies may take to follow a step, seconds. */
    limitSeconds: number;
}

const namespace = "istio-plugin-ca:";

/**
 * Replaces the root CA of stack root, step by step through all of its clusters. A step is over when every proxy of every
 * cluster was seen to have followed. What was stopped goes on where it was.
 *
 * @throws Error where a step fails or proxies do not follow: the settings stay at that step.
 */
export async function rotate(project: Project, rootName: string, options: Options): Promise<void> {
    const { to, back = false, ask } = options;
    const stack = await project.open(rootName);
    const { clusters, ...settled } = await readSettings(stack);
    await refuseUnseen(project, clusters);
    const steps = back ? rollbackSteps(settled) : rotationSteps(settled, to);
    const entries = chosen(project, [rootName, ...clusters]);
    const take = async (title: string) =>
        runTasks([
            {
                title,
                task: (_, task) =>
                    task.newListr([...signAndPlugIn(project, entries), gate(project, clusters, options)]),
            },
        ]);
    await take(`Settle on ${settled.roots.join(" and ")}`);
    let last: Roots = settled;
    for (const [index, step] of steps.entries()) {
        await writeRoots(stack, step);
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Go on?`;
        if (ask && !(await ask(`${(await stack.preview()).stdout}\n${question}`))) {
            await writeRoots(stack, last);
            return;
        }
        await take(step.title);
        last = step;
    }
}

/** Every cluster's verification, which asks every proxy. */
function gate(project: Project, clusters: string[], { limitSeconds }: Options): ListrTask {
    const failures: string[] = [];
    const tasks = clusters.map((name): ListrTask => ({
        title: name,
        task: async () => {
            const { output, exitCode } = await verify(project, name, { limitSeconds });
            if (exitCode !== 0) {
                failures.push(`Stack ${name}:\n${output}`);
                throw new Error("has not followed, see below");
            }
        },
    }));
    return {
        title: "See every proxy follow",
        task: async (_, task) => {
            await task.newListr(tasks, { concurrent: true, exitOnError: false }).run();
            if (failures.length > 0) {
                const todo =
                    "The next step was not taken. Mend what is behind and run this again, or go --back.";
                throw new DetailedError("the gate is not met", `${failures.join("\n\n")}\n\n${todo}`);
            }
        },
    };
}

async function readSettings(stack: Stack): Promise<Roots & { clusters: string[] }> {
    const config = await stack.getAllConfig();
    const list = (key: string) => JSON.parse(config[namespace + key]?.value || "[]") as string[];
    const roots = list("roots").length > 0 ? list("roots") : ["root"];
    return {
        roots,
        signingRoot: config[`${namespace}signingRoot`]?.value || roots[0]!,
        clusters: list("clusters"),
    };
}

async function writeRoots(stack: Stack, { roots, signingRoot }: Roots): Promise<void> {
    await stack.removeConfig(`${namespace}roots`);
    const items = roots.map((name, index) => [`${namespace}roots[${index}]`, { value: name }]);
    await stack.setAllConfig(Object.fromEntries(items) as Record<string, { value: string }>, true);
    await stack.setConfig(`${namespace}signingRoot`, { value: signingRoot });
}

/** A cluster whose proxies nobody looks at would pass every gate. */
async function refuseUnseen(project: Project, clusters: string[]): Promise<void> {
    const unseen: string[] = [];
    for (const name of clusters) {
        const config = await (await project.open(name)).getAllConfig();
        if (["deploy", "verification"].some((key) => config[namespace + key]?.value === "false")) {
            unseen.push(name);
        }
    }
    if (unseen.length > 0) {
        throw new Error(
            `The proxies of ${unseen.join(", ")} cannot be seen: deploy or verification is false. Set both to true, or change roots and signingRoot by hand, step by step.`,
        );
    }
}

async function askOnTerminal(question: string): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        return /^y(es)?$/i.test(await terminal.question(`${question} (yes/no) `));
    } finally {
        terminal.close();
    }
}

if (require.main === module) {
    const program = new Command("rotate")
        .description(
            "Replace the root CA without downtime: trust both, sign with the new one, trust it alone; each step when all proxies have followed the last. Stopped, it goes on where it was.",
        )
        .argument("[stack]", "the stack of the role root", "root")
        .option("--to <name>", "the new root's name (default: root-2, root-3, …)")
        .option("--back", "undo a rotation that is not finished")
        .option("--yes", "take every step without asking")
        .option("--limit <seconds>", "how long proxies may take to follow a step", "180")
        .action(
            (
                stack: string,
                { to, back, yes, limit }: Record<string, string> & { back?: boolean; yes?: boolean },
            ) =>
                main(() => {
                    const ask = yes ? undefined : askOnTerminal;
                    return rotate(Project.current(), stack, {
                        to,
                        back,
                        ask,
                        limitSeconds: Number(limit),
                    });
                }),
        );
    void program.parseAsync();
}

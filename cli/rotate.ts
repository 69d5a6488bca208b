import { Command } from "commander";
import { chosen, Project } from "./project";
import { rollbackSteps, Roots, rotationSteps } from "./rotation";
import { bringUpAndSee } from "./rotationGate";
import { readRoots, trustSeveral, verificationLimits, writeRoots } from "./rotationSettings";
import { askOnTerminal, main } from "./tasks";

interface Options {
    to?: string;
    back?: boolean;
    /** Asked before each step, with its preview. Default: every step is taken. */
    ask?: (question: string) => Promise<boolean>;
}

/**
 * Replaces the root CA of stack root, step by step through all of its clusters. A step is over when every proxy of every
 * cluster was seen to have followed. What was stopped goes on where it was.
 *
 * @throws Error where a step fails or proxies do not follow: the settings stay at that step.
 */
export async function rotate(project: Project, rootName: string, options: Options = {}): Promise<void> {
    const { to, back = false, ask } = options;
    const stack = await project.open(rootName);
    const { clusters, ...settled } = await readRoots(stack);
    const limits = await verificationLimits(project, clusters);
    const names = [rootName, ...clusters];
    const take = (title: string, stacks: string[]) =>
        bringUpAndSee(title, project, stacks.length > 0 ? chosen(project, stacks) : [], limits);
    const onlyOne = settled.roots.length === 1;
    // The settings say of a last step that was killed what they say when it was taken.
    const lastStep = onlyOne && to === undefined && (await trustSeveral(project, names));
    const steps = lastStep ? [] : back ? rollbackSteps(settled) : rotationSteps(settled, to);
    await (onlyOne && !lastStep
        ? take("Look at the mesh", [])
        : take(`Settle on ${settled.roots.join(" and ")}`, names));
    let last: Roots = settled;
    for (const [index, step] of steps.entries()) {
        await writeRoots(stack, last, step);
        const question = `Step ${index + 1} of ${steps.length}: ${step.title}. Go on?`;
        if (ask && !(await ask(`${(await stack.preview()).stdout}\n${question}`))) {
            await writeRoots(stack, step, last);
            return;
        }
        await take(step.title, names);
        last = step;
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
        .action((stack: string, { yes, ...options }: Pick<Options, "to" | "back"> & { yes?: boolean }) =>
            main(() =>
                rotate(Project.current(), stack, { ...options, ask: yes ? undefined : askOnTerminal }),
            ),
        );
    void program.parseAsync();
}

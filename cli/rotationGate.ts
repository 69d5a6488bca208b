import { ListrTask } from "listr2";
import { Project, StackEntry } from "./project";
import { DetailedError, message, runTasks } from "./tasks";
import { verify } from "./verification";
import { signAndPlugIn } from "./walk";

/**
 * Brings stacks up, root and clusters, and sees every proxy of every cluster follow: in the cluster's own `up`, which
 * verifies what it changes, and where that had nothing to change in a verification of its own.
 *
 * @param stacks - none where all are up, and the proxies are to be seen alone
 * @param limits - the clusters, and how long the proxies of each may take, seconds
 * @throws Error where an `up` fails or proxies do not follow, naming them.
 */
export async function bringUpAndSee(
    title: string,
    project: Project,
    stacks: StackEntry[],
    limits: Map<string, number>,
): Promise<void> {
    const followed = new Set<string>();
    const failures: string[] = [];
    const looks = [...limits].map(([name, limitSeconds]): ListrTask => ({
        title: name,
        skip: () => followed.has(name) && "seen by its up",
        task: async (_, task) => {
            const onProgress = (line: string) => (task.output = line);
            const { output, exitCode } = await verify(project, name, { limitSeconds, onProgress });
            if (exitCode !== 0) {
                failures.push(`Stack ${name}:\n${output}`);
                throw new Error("lags behind, see below");
            }
        },
    }));
    const gate: ListrTask = {
        title: "See every proxy follow",
        enabled: looks.length > 0,
        task: async (_, task) => {
            await task.newListr(looks, { concurrent: true, exitOnError: false }).run();
            if (failures.length > 0) {
                throw new DetailedError("the gate is not met", failures.join("\n\n"));
            }
        },
    };
    const walk = signAndPlugIn(project, stacks, (name) => followed.add(name));
    try {
        await runTasks([{ title, task: (_, task) => task.newListr([...walk, gate]) }]);
    } catch (error) {
        const details = error instanceof DetailedError ? error.details : message(error);
        const todo = "The next step was not taken. Mend what is behind and run this again, or go --back.";
        throw new DetailedError(message(error), `${details}\n\n${todo}`);
    }
}

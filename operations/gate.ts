import { DetailedError, message } from "./errors";
import { inParallel, Progress, silent, Task } from "./progress";
import { Project, StackEntry } from "./project/project";
import { signAndPlugIn } from "./up";
import { verify } from "./verify";

/** What is brought up and seen. */
export interface Gate {
    title: string;
    /** Root and clusters; none where all are up, and the proxies are to be seen alone. */
    stacks: StackEntry[];
    /** The clusters, and how long the proxies of each may take, seconds. */
    limits: Map<string, number>;
}

/**
 * Brings stacks up, root and clusters, and sees every proxy of every cluster follow: in the cluster's own `up`, which
 * verifies what it changes, and where that had nothing to change in a verification of its own.
 *
 * @throws DetailedError where an `up` fails or proxies do not follow, naming them.
 */
export async function bringUpAndSee(
    project: Project,
    { title, stacks, limits }: Gate,
    progress: Progress = silent,
): Promise<void> {
    const followed = new Set<string>();
    const looks = [...limits].map(([name, limitSeconds]): Task => ({
        title: name,
        skip: () => (followed.has(name) ? "seen by its up" : undefined),
        run: async (below) => {
            const onProgress = (line: string) => below.report(line);
            const { output, exitCode } = await verify(project, name, { limitSeconds, onProgress });
            if (exitCode !== 0) {
                throw new DetailedError("lags behind", `Stack ${name}:\n${output}`);
            }
        },
    }));
    const gate: Task = { title: "See every proxy follow", run: (below) => inParallel(below, looks) };
    const tasks = [
        ...signAndPlugIn(project, stacks, (name) => followed.add(name)),
        ...(looks.length > 0 ? [gate] : []),
    ];
    try {
        await progress.inTurn([{ title, run: (below) => below.inTurn(tasks) }]);
    } catch (error) {
        const details = error instanceof DetailedError ? error.details : message(error);
        const todo = "The next step was not taken. Mend what is behind and run this again, or go --back.";
        throw new DetailedError(message(error), `${details}\n\n${todo}`);
    }
}

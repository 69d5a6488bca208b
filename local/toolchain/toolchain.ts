import type { ListrTask } from "listr2";
import { isComplete, planTasks, planToolchain, withoutPulumi, type ToolchainPlan } from "./plan";
import { runTasks, type RunTasksOptions } from "./steps";
import type { Toolchain } from "./toolchainFiles";

export type { IstioFiles, KubernetesPrograms, Toolchain } from "./toolchainFiles";

/**
 * Ensures everything that the local clusters need: what is missing is installed and built, which is shown as a list
 * of steps; with nothing missing it is quick and quiet. `.local/bin` then holds pulumi, kubectl and istioctl.
 *
 * @throws UnsupportedMachineError when this machine cannot run the local clusters; Error naming the log when a step fails
 */
export async function ensureToolchain(options: RunTasksOptions = {}): Promise<Toolchain> {
    const plan = await planToolchain();
    if (!isComplete(plan)) {
        await runTasks(planTasks(plan), true, options);
    }
    return plan.finish();
}

/**
 * The same as a task of listr2, among the steps of a larger job.
 *
 * @param done gets the toolchain when it is complete
 */
export function toolchainTask(done: (toolchain: Toolchain) => void): ListrTask {
    return buildTask("Toolchain", planToolchain, done);
}

/** As {@link toolchainTask}, but without Pulumi, which {@link pulumiTask} builds while the clusters come up. */
export function clusterProgramsTask(done: (toolchain: Toolchain) => void): ListrTask {
    return buildTask("Toolchain", async () => withoutPulumi(await planToolchain()), done);
}

/** What {@link clusterProgramsTask} left out. */
export function pulumiTask(): ListrTask {
    return buildTask("Pulumi", planToolchain, () => undefined);
}

function buildTask(
    title: string,
    planned: () => Promise<ToolchainPlan>,
    done: (toolchain: Toolchain) => void,
): ListrTask {
    return {
        title,
        async task(_, task) {
            const plan = await planned();
            const tasks: ListrTask[] = [
                {
                    enabled: !isComplete(plan),
                    task: (_, list) => list.newListr(planTasks(plan), { concurrent: true }),
                },
                { task: () => done(plan.finish()) },
            ];
            return task.newListr(tasks, { concurrent: false });
        },
    };
}

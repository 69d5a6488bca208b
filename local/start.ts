import type { ListrTask } from "listr2";
import { Project } from "../cli/project";
import { main, runTasks } from "../cli/tasks";
import { verify } from "../cli/verification";
import { up } from "../cli/walk";
import * as clusters from "./clusters";
import { imagesTask, type Images } from "./images/images";
import { localProjectDir } from "./paths";
import { installPlugins } from "./plugins/install";
import { clusterNames, localStacks, removeStaleLocks, writeProject } from "./project";
import { clusterProgramsTask, pulumiTask, type Toolchain } from "./toolchain/toolchain";

/** `npm start`: the whole task on clusters of this machine, and the proof that it worked. */
void main(async () => {
    const stacks = localStacks();
    const names = clusterNames(stacks);
    let toolchain: Toolchain;
    await runTasks([
        clusterProgramsTask((built) => (toolchain = built)),
        {
            title: "Clusters and Pulumi",
            task: (_, task) =>
                task.newListr([clustersTask(names, () => toolchain), engineTask(() => toolchain)], {
                    concurrent: true,
                }),
        },
        {
            title: "Stacks",
            task: (_, task) => {
                const pulumiHome = toolchain.pulumi.home;
                const ofUser = { adoptExisting: true, keepSettings: true };
                writeProject({ dir: localProjectDir, stacks, pulumiHome, ...ofUser });
                removeStaleLocks(localProjectDir);
                const project = new Project(localProjectDir);
                return task.newListr(up(project, project.stacks()));
            },
        },
    ]);
    const project = new Project(localProjectDir);
    const reports = await Promise.all(names.map((name) => verify(project, name, { limitSeconds: 60 })));
    reports.forEach(({ output }) => console.log(`\n${output}`));
    console.log(
        `Look around: export KUBECONFIG=.local/kubeconfig PATH="$PWD/.local/bin:$PATH". Undo it all: npm stop.`,
    );
    return Math.max(...reports.map(({ exitCode }) => exitCode));
});

/** The clusters, and before them their images. */
function clustersTask(names: string[], toolchain: () => Toolchain): ListrTask {
    let images: Images;
    return {
        title: `Clusters ${names.join(", ")}`,
        task: (_, task) =>
            task.newListr([
                imagesTask(toolchain, (built) => (images = built)),
                {
                    title: "Up",
                    task: (_, task) =>
                        clusters.up(names, {
                            programs: toolchain(),
                            images,
                            onStep: (cluster, step) => (task.output = `${cluster}: ${step}`),
                        }),
                },
            ]),
    };
}

/** Pulumi and its plugins, which are not needed before the clusters are up. */
function engineTask(toolchain: () => Toolchain): ListrTask {
    return {
        title: "Pulumi and its plugins",
        task: (_, task) =>
            task.newListr([
                pulumiTask(),
                {
                    title: "Plugins",
                    skip: () => toolchain().pulumi.official,
                    task: () => installPlugins(),
                },
            ]),
    };
}

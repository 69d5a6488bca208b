import { Project } from "../cli/project";
import { main, runTasks } from "../cli/tasks";
import { verify } from "../cli/verification";
import { up } from "../cli/walk";
import * as clusters from "./clusters";
import { Images, imagesTask } from "./images/images";
import { localProjectDir } from "./paths";
import { installPlugins } from "./plugins/install";
import { clusterNames, localStacks, removeStaleLocks, writeProject } from "./project";
import { describePulumi } from "./toolchain/installed";
import { Toolchain, toolchainTask } from "./toolchain/toolchain";

/** `npm start`: the whole task on clusters of this machine, and the proof that it worked. */
void main(async () => {
    const stacks = localStacks();
    const names = clusterNames(stacks);
    let toolchain: Toolchain;
    let images: Images;
    await runTasks([
        toolchainTask((built) => (toolchain = built)),
        imagesTask(
            () => toolchain,
            (built) => (images = built),
        ),
        {
            title: `Clusters ${names.join(", ")}`,
            task: (_, task) =>
                clusters.up(names, {
                    programs: toolchain,
                    images,
                    onStep: (cluster, step) => (task.output = `${cluster}: ${step}`),
                }),
        },
        {
            title: "Pulumi plugins",
            skip: () => toolchain.pulumi.official,
            task: () => installPlugins(),
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
    console.log(await describePulumi(toolchain!.pulumi));
    console.log(
        `Look around: export KUBECONFIG=.local/kubeconfig PATH="$PWD/.local/bin:$PATH". Undo it all: npm stop.`,
    );
    return Math.max(...reports.map(({ exitCode }) => exitCode));
});

import { Command, InvalidArgumentError, Option } from "commander";
import type { ListrTask } from "listr2";
import { Project } from "../operations/project/project";
import { runCommand } from "../cli/runCommand";
import { beneath, showTasks } from "../cli/terminal";
import { verify } from "../operations/verify";
import { requestAndSign, up } from "../operations/up";
import * as clusters from "./clusters";
import { inParallel } from "./clusters/inParallel";
import { imagesTask, type Images } from "./images/images";
import {
    chooseClusters,
    localClusters,
    standingClusters,
    type KindTools,
    type LocalClusters,
} from "./kind/choice";
import { KindCluster } from "./kind/kindCluster";
import { localProjectDir } from "./paths";
import { installPlugins } from "./plugins/install";
import {
    clusterNames,
    linked,
    localStacks,
    onKindCluster,
    onLocalCluster,
    removeStaleLocks,
    writeProject,
} from "./project";
import { describePulumi, type PulumiCli } from "./toolchain/installed";
import { linkTools } from "./toolchain/locate";
import { clusterProgramsTask, pulumiTask, type Toolchain } from "./toolchain/toolchain";

/** What the stacks are brought up on. */
interface Ground {
    /** Creates the clusters and finds Pulumi. */
    tasks: ListrTask[];
    stacks: () => ReturnType<typeof localStacks>;
    /** Once the tasks are done. */
    pulumi: () => PulumiCli;
}

/** `npm start`: the whole task on clusters of this machine, and the proof that it worked. */
const program = new Command("start")
    .addOption(
        new Option("--local <clusters>", "whose clusters: kind's, or built here from source").choices(
            localClusters,
        ),
    )
    .option(
        "--clusters <number>",
        "how many clusters; more than there are can be added later",
        clusterCount,
        2,
    );

interface Options {
    local?: LocalClusters;
    clusters: number;
}

program.action(({ local, clusters: count }: Options) =>
    runCommand(async () => {
        const names = clusterNames(localStacks(onLocalCluster, count));
        const choice = await chooseClusters(standingClusters(names), local);
        if (choice.use === "built" && choice.note) {
            console.log(choice.note);
        }
        const ground = choice.use === "kind" ? ofKind(names, choice.tools) : built(names);
        await showTasks([...ground.tasks, stacksTask(ground)]);
        const project = new Project(localProjectDir);
        const meshes = project.stacks().filter(({ role }) => role === "mesh");
        const verified = [...names, ...meshes.map(({ name }) => name)];
        const reports = await Promise.all(
            verified.map((name) => verify(project, name, { limitSeconds: 60 })),
        );
        reports.forEach(({ output }) => console.log(`\n${output}`));
        console.log(await describePulumi(ground.pulumi()));
        console.log(
            `Look around: export KUBECONFIG=.local/kubeconfig PATH="$PWD/.local/bin:$PATH". Undo it all: npm stop.`,
        );
        return Math.max(...reports.map(({ exitCode }) => exitCode));
    }),
);

/** @throws InvalidArgumentError, which commander prints with the option's name. */
function clusterCount(text: string): number {
    if (!/^[2-9]$/.test(text)) {
        throw new InvalidArgumentError("Allowed: a whole number from 2 to 9.");
    }
    return Number(text);
}

function stacksTask({ stacks, pulumi }: Ground): ListrTask {
    return {
        title: "Stacks",
        task: (_, task) => {
            const project = projectOf(stacks(), pulumi());
            return up(project, project.stacks(), { progress: beneath(task) });
        },
    };
}

/** The project of these stacks, with what its user has set. */
function projectOf(stacks: ReturnType<typeof localStacks>, pulumi: PulumiCli): Project {
    const ofUser = { adoptExisting: true, keepSettings: true };
    writeProject({ dir: localProjectDir, stacks, pulumiHome: pulumi.home, ...ofUser });
    removeStaleLocks(localProjectDir);
    return new Project(localProjectDir);
}

/** Clusters of kind, with Istio's own images and the machine's Pulumi, kubectl and istioctl. */
function ofKind(names: string[], { pulumi, kubectl, istioctl }: KindTools): Ground {
    return {
        tasks: [
            {
                title: `Clusters ${names.join(", ")} of kind`,
                task: () => {
                    linkTools({ pulumi: pulumi.path, kubectl, istioctl });
                    return inParallel(names, (name) => new KindCluster(name).up());
                },
            },
        ],
        // Without links: their Services of type LoadBalancer have no address.
        stacks: () => localStacks(onKindCluster, names.length),
        pulumi: () => pulumi,
    };
}

/** Clusters that are built from source. While they come up, Pulumi is built, and root signs what they request. */
function built(names: string[]): Ground {
    const unlinked = localStacks(onLocalCluster, names.length);
    let toolchain: Toolchain;
    let images: Images;
    const engine: ListrTask[] = [
        pulumiTask(),
        { title: "Plugins", skip: () => toolchain.pulumi.official, task: () => installPlugins() },
        {
            title: "Certificates",
            task: (_, task) => {
                const project = projectOf(unlinked, toolchain.pulumi);
                return requestAndSign(project, project.stacks(), beneath(task));
            },
        },
    ];
    const nodes: ListrTask[] = [
        imagesTask(
            () => toolchain,
            (made) => (images = made),
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
    ];
    return {
        tasks: [
            clusterProgramsTask((programs) => (toolchain = programs)),
            {
                title: "Clusters, and Pulumi",
                task: (_, task) =>
                    task.newListr(
                        [
                            {
                                title: "Clusters",
                                task: (_, list) => list.newListr(nodes, { concurrent: false }),
                            },
                            {
                                title: "Pulumi",
                                task: (_, list) => list.newListr(engine, { concurrent: false }),
                            },
                        ],
                        { concurrent: true },
                    ),
            },
        ],
        stacks: () => linked(unlinked),
        pulumi: () => toolchain.pulumi,
    };
}

void program.parseAsync();

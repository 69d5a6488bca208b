import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../operations/project/project";
import { runCommand } from "../cli/runCommand";
import { beneath, showTasks } from "../cli/terminal";
import { destroy } from "../operations/destroy";
import * as clusters from "./clusters";
import { inParallel } from "./clusters/inParallel";
import { KindCluster } from "./kind/kindCluster";
import { localProjectDir } from "./paths";
import { clusterNames, localStacks, removeStaleLocks } from "./project";

/** `npm stop`: takes down what `npm start` made. The toolchain and the images stay, for the next time. */
void runCommand(async () => {
    const names = clusterNames(localStacks());
    const ofKind = KindCluster.all();
    const ready = [
        ...(await clusters.status()).filter((cluster) => cluster.ready).map(({ name }) => name),
        ...(await readyOf(ofKind)),
    ];
    const dead = names.filter((name) => !ready.includes(name));
    const project = fs.existsSync(path.join(localProjectDir, "Pulumi.yaml"))
        ? new Project(localProjectDir)
        : undefined;
    await showTasks([
        {
            title: "Stacks",
            skip: () => {
                if (!project) {
                    return "No stacks";
                }
                return (
                    dead.length > 0 &&
                    `Going with their clusters: ${dead.join(", ")} cannot be reached any more`
                );
            },
            task: async (_, task) => {
                removeStaleLocks(localProjectDir);
                const existing = (await project!.existing()).map(({ name }) => name);
                const stacks = project!.stacks().filter(({ name }) => existing.includes(name));
                await destroy(project!, stacks, { remove: true, progress: beneath(task) });
            },
        },
        {
            title: "Clusters",
            // Only Linux can have built clusters.
            task: () =>
                ofKind.length > 0 ? inParallel(ofKind, (cluster) => cluster.down()) : clusters.down(names),
        },
        { title: "State", task: () => fs.rmSync(localProjectDir, { recursive: true, force: true }) },
    ]);
});

async function readyOf(ofKind: readonly KindCluster[]): Promise<string[]> {
    const found = await Promise.all(
        ofKind.map(async (cluster) => ((await cluster.isReady()) ? [cluster.name] : [])),
    );
    return found.flat();
}

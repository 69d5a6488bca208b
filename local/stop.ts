import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../cli/project";
import { main, runTasks } from "../cli/tasks";
import { destroy } from "../cli/walk";
import * as clusters from "./clusters";
import { localProjectDir } from "./paths";
import { clusterNames, localStacks, removeStaleLocks } from "./project";

/** `npm stop`: takes down what `npm start` made. The toolchain and the images stay, for the next time. */
void main(async () => {
    const names = clusterNames(localStacks());
    const ready = (await clusters.status()).filter((cluster) => cluster.ready).map(({ name }) => name);
    const dead = names.filter((name) => !ready.includes(name));
    const project = fs.existsSync(path.join(localProjectDir, "Pulumi.yaml"))
        ? new Project(localProjectDir)
        : undefined;
    await runTasks([
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
                return task.newListr(destroy(project!, stacks, { remove: true }));
            },
        },
        { title: "Clusters", task: () => clusters.down(names) },
        { title: "State", task: () => fs.rmSync(localProjectDir, { recursive: true, force: true }) },
    ]);
});

import Table from "cli-table3";
import { Command } from "commander";
import { runCommand } from "../cli/runCommand";
import { showTasks } from "../cli/terminal";
import * as clusters from "./clusters";
import { ensureImages, type Images } from "./images/images";
import { toolchainTask, type Toolchain } from "./toolchain/toolchain";
import { elapsed } from "./toolchain/steps";

/** `npm run local -- up|status|down`: the local clusters by themselves. */
const program = new Command("local").description("Real Kubernetes clusters on this machine, in parallel.");

program
    .command("up")
    .description("bring clusters up, or back to Ready; installs and builds what they need first")
    .argument("[clusters...]", "their names", ["cluster1", "cluster2"])
    .action((names: string[]) =>
        runCommand(async () => {
            let toolchain: Toolchain;
            let images: Images;
            await showTasks([
                toolchainTask((built) => (toolchain = built)),
                { title: "Images", task: async () => void (images = await ensureImages(toolchain)) },
                {
                    title: `Clusters ${names.join(", ")}`,
                    task: (_, task) => {
                        const onStep = (cluster: string, step: string) =>
                            (task.output = `${cluster}: ${step}`);
                        return clusters.up(names, { programs: toolchain, images, onStep });
                    },
                },
            ]);
        }),
    );

program
    .command("status")
    .description("show the clusters; exit status 1 unless all are Ready")
    .option("--json", "print them as JSON")
    .action(({ json }: { json?: boolean }) =>
        runCommand(async () => {
            const found = await clusters.status();
            console.log(json ? JSON.stringify(found, undefined, 4) : table(found));
            return found.every(({ ready }) => ready) ? 0 : 1;
        }),
    );

program
    .command("down")
    .description("remove clusters with all that they hold; images are kept")
    .argument("[clusters...]", "their names (default: all)")
    .action((names: string[]) =>
        runCommand(() =>
            showTasks([
                {
                    title: names.length > 0 ? `Removing ${names.join(", ")}` : "Removing all clusters",
                    task: (_, task) =>
                        clusters.down(names.length > 0 ? names : undefined, {
                            onStep: (cluster, step) => (task.output = `${cluster}: ${step}`),
                        }),
                },
            ]),
        ),
    );

function table(found: clusters.ClusterStatus[]): string {
    if (found.length === 0) return "There are no clusters. Create some: npm run local -- up";
    const rows = new Table({
        style: { head: [], border: [] },
        head: ["Cluster", "Version", "Ready", "API server", "Memory", "Age"],
    });
    for (const { name, version, ready, missing, server, memory, created } of found) {
        const age = elapsed(Date.now() - Date.parse(created));
        const state = ready ? "yes" : ["no", ...missing].join("\n");
        rows.push([name, version ?? "-", state, server ?? "-", `${Math.round(memory / 2 ** 20)} MiB`, age]);
    }
    return rows.toString();
}

void program.parseAsync();

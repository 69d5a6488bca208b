import { Argument, InvalidArgumentError } from "commander";
import type { OperatorOptions } from "../operations/fleet/operatorStacks";
import { ProjectOption, publicUrl, stackCommand } from "./options";
import { runCommand } from "./runCommand";

type Options = OperatorOptions & ProjectOption & { resync?: number };

/** Writes what other engines bring the stacks up by. */
export const fleet = stackCommand(
    "fleet",
    "--silent fleet -- manifests --repo https://github.com/me/mesh --image registry.example.com/pulumi-istio:1 > stacks.yaml",
    "--silent fleet -- deployments --repo https://github.com/me/mesh --image registry.example.com/pulumi-istio:1",
)
    .description(
        "Write what the Pulumi Kubernetes Operator (manifests) or Pulumi Deployments (deployments) bring the stacks up by.",
    )
    .addArgument(new Argument("<engine>", "whose form").choices(["manifests", "deployments"]))
    .requiredOption("--repo <url>", "the git repository with this project and its settings", publicUrl)
    .requiredOption("--image <image>", "the image to run in, with pulumi, Node.js, istioctl and kubectl")
    .option("--branch <name>", "the branch", "main")
    .option("--repo-dir <folder>", "the folder in the repository that has Pulumi.yaml")
    .option("--namespace <name>", "of the manifests", "pulumi")
    .option("--backend <url>", "of the stacks (default: Pulumi Cloud)", publicUrl)
    .option("--organization <name>", "of the stacks (default: none is named)")
    .option("--resync <seconds>", "how often the operator brings each stack up", resyncSeconds, 300)
    .action((engine: string, { resync, ...options }: Options) =>
        runCommand(async () => {
            const { unopenedProject } = await import("./currentProject.ts");
            const { operatorStacks } = await import("../operations/fleet/operatorStacks.ts");
            const { deploymentSettings } = await import("../operations/fleet/deploymentSettings.ts");
            const { stringify } = await import("yaml");
            const project = unopenedProject(options);
            const entries = project.stacks();
            const text =
                engine === "manifests"
                    ? operatorStacks(project, entries, { ...options, resyncSeconds: resync })
                          .map((each) => stringify(each, { lineWidth: 0 }))
                          .join("---\n")
                    : `${JSON.stringify(deploymentSettings(entries, options), undefined, 4)}\n`;
            process.stdout.write(text);
        }),
    );

/** @throws InvalidArgumentError, which commander prints with the option's name */
function resyncSeconds(text: string): number {
    if (!/^\d{2,5}$/.test(text) || Number(text) < 60) {
        throw new InvalidArgumentError("Allowed: a whole number from 60, the operator's least, to 99999.");
    }
    return Number(text);
}

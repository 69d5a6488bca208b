import * as fs from "node:fs";
import type { ListrTask } from "listr2";
import { rootfsPart, type Release } from "../images/rootfsPart";
import { envoyPart } from "./envoyPart";
import { clusterProgramsPart, pulumiPart } from "./goPrograms";
import { findInstalledIstioctl, findInstalledPulumi } from "./installed";
import { linkTools, locate } from "./locate";
import { findFaults, inspectMachine, UnsupportedMachineError } from "./machine";
import { isBuilt, type Part } from "./part";
import { buildStep, stepTask } from "./steps";
import { findSystemCommands, installPackages } from "./systemCommands";
import type { Parts, Toolchain } from "./toolchainFiles";

/** What is still to be done for a toolchain. */
export interface ToolchainPlan {
    /** Debian packages to install. */
    packages: readonly string[];
    /** What the clusters need that is built with Go. */
    programs: readonly Part[];
    /** Pulumi, which is not needed before the clusters are up. */
    pulumi: readonly Part[];
    /** Parts to make from packages, once the machine's own are installed. */
    packagedParts: readonly Part[];
    /** With that done: links what is built in `.local/bin`, and says where everything is or will be. */
    finish(): Toolchain;
}

/**
 * Looks at the machine and at what is built.
 *
 * @throws UnsupportedMachineError when this machine cannot run the local clusters
 */
export async function planToolchain(): Promise<ToolchainPlan> {
    const [machine, pulumi, istioctl] = await Promise.all([
        inspectMachine(),
        findInstalledPulumi(),
        findInstalledIstioctl(),
    ]);
    const faults = findFaults(machine);
    if (faults.length > 0) {
        throw new UnsupportedMachineError(faults);
    }
    const parts = defineParts(machine.goVersion ?? "", pulumi === undefined);
    const missing = (...candidates: (Part | undefined)[]) =>
        candidates.filter((part) => part !== undefined && !isBuilt(part)) as Part[];
    return {
        packages: machine.system.packages,
        programs: missing(parts.programs),
        pulumi: missing(parts.pulumi),
        packagedParts: missing(parts.envoy, parts.rootfs),
        finish() {
            const toolchain = locate(parts, findSystemCommands(), pulumi, istioctl);
            linkTools({
                pulumi: toolchain.pulumi.path,
                kubectl: toolchain.kubernetes.kubectl,
                istioctl: toolchain.istio.istioctl,
            });
            return toolchain;
        },
    };
}

/** The same plan without Pulumi. */
export function withoutPulumi(plan: ToolchainPlan): ToolchainPlan {
    return { ...plan, pulumi: [] };
}

/** Whether nothing is to be done. */
export function isComplete({ packages, programs, pulumi, packagedParts }: ToolchainPlan): boolean {
    return packages.length + programs.length + pulumi.length + packagedParts.length === 0;
}

/**
 * What is to be done, as tasks of listr2 that run in parallel: while packages are fetched, Go builds. There is one build
 * at a time, because each keeps all processors busy, and two would both compile what they share.
 */
export function planTasks({ packages, programs, pulumi, packagedParts }: ToolchainPlan): ListrTask[] {
    const build = (part: Part) => stepTask(buildStep(part));
    const install = stepTask({
        title: `apt-get install ${packages.join(" ")}`,
        expected: "1 minute",
        run: () => installPackages(packages),
    });
    const packaged = [...(packages.length > 0 ? [install] : []), ...packagedParts.map(build)];
    const list = (title: string, tasks: ListrTask[]): ListrTask => ({
        title,
        enabled: tasks.length > 0,
        task: (_, task) => task.newListr(tasks, { concurrent: false }),
    });
    return [list("Programs built with Go", [...programs, ...pulumi].map(build)), list("Packages", packaged)];
}

function defineParts(goVersion: string, withPulumi: boolean): Parts {
    return {
        programs: clusterProgramsPart(goVersion),
        ...(withPulumi ? { pulumi: pulumiPart(goVersion) } : {}),
        envoy: envoyPart(),
        rootfs: rootfsPart(release()),
    };
}

function release(): Release {
    const facts = fs.readFileSync("/etc/os-release", "utf8");
    const fact = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(facts)?.[1] ?? "";
    return { id: fact("ID"), codename: fact("VERSION_CODENAME") };
}

import * as fs from "node:fs";
import type { ListrTask } from "listr2";
import { rootfsPart, type Release } from "../images/rootfsPart";
import { envoyPart } from "./envoyPart";
import { corednsPart, goHttpbinPart, istioPart, kubernetesPart, pausePart, pulumiPart } from "./goPrograms";
import { findInstalledIstioctl, findInstalledPulumi } from "./installed";
import { linkTools, locate } from "./locate";
import { findFaults, inspectMachine, UnsupportedMachineError } from "./machine";
import { isBuilt, type Part } from "./part";
import { buildStep, stepTask } from "./steps";
import { findSystemCommands, installPackages } from "./systemCommands";
import type { Toolchain } from "./toolchain";

/** The parts of a toolchain. */
export interface Parts {
    kubernetes: Part;
    istio: Part;
    /** Missing where the machine's own Pulumi serves. */
    pulumi?: Part;
    coredns: Part;
    goHttpbin: Part;
    pause: Part;
    envoy: Part;
    rootfs: Part;
}

/** What is still to be done for a toolchain. */
export interface ToolchainPlan {
    /** Debian packages to install. */
    packages: readonly string[];
    /** Parts to build with Go. */
    goParts: readonly Part[];
    /** Parts to make from packages, once the machine's own are installed. */
    packagedParts: readonly Part[];
    /** With all that done: makes the links in `.local/bin` and tells where everything is. */
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
    const { envoy, rootfs, ...goParts } = parts;
    const missing = (candidates: readonly Part[]) => candidates.filter((part) => !isBuilt(part));
    return {
        packages: machine.system.packages,
        goParts: missing(Object.values(goParts)),
        packagedParts: missing([envoy, rootfs]),
        finish() {
            const toolchain = locate(parts, findSystemCommands(), pulumi, istioctl);
            linkTools(toolchain);
            return toolchain;
        },
    };
}

/** Whether nothing is to be done. */
export function isComplete({ packages, goParts, packagedParts }: ToolchainPlan): boolean {
    return packages.length + goParts.length + packagedParts.length === 0;
}

/**
 * What is to be done, as tasks of listr2 that go side by side: while packages are fetched, Go builds, two programs at a time,
 * as one links while the other compiles.
 */
export function planTasks({ packages, goParts, packagedParts }: ToolchainPlan): ListrTask[] {
    const build = (part: Part) => stepTask(buildStep(part));
    const install = stepTask({
        title: `apt-get install ${packages.join(" ")}`,
        expected: "1 minute",
        run: () => installPackages(packages),
    });
    const packaged = [...(packages.length > 0 ? [install] : []), ...packagedParts.map(build)];
    const list = (title: string, tasks: ListrTask[], concurrent: number | false): ListrTask => ({
        title,
        enabled: tasks.length > 0,
        task: (_, task) => task.newListr(tasks, { concurrent }),
    });
    return [list("Programs built with Go", goParts.map(build), 2), list("Packages", packaged, false)];
}

/** The longest builds first. */
function defineParts(goVersion: string, withPulumi: boolean): Parts {
    return {
        kubernetes: kubernetesPart(goVersion),
        istio: istioPart(goVersion),
        ...(withPulumi ? { pulumi: pulumiPart(goVersion) } : {}),
        coredns: corednsPart(goVersion),
        goHttpbin: goHttpbinPart(goVersion),
        pause: pausePart(goVersion),
        envoy: envoyPart(),
        rootfs: rootfsPart(release()),
    };
}

function release(): Release {
    const facts = fs.readFileSync("/etc/os-release", "utf8");
    const fact = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(facts)?.[1] ?? "";
    return { id: fact("ID"), codename: fact("VERSION_CODENAME") };
}

import * as fs from "node:fs";
import * as path from "node:path";
import { withLock } from "../clusters/lock";
import { runLogged } from "./run";

/** The commands of the machine that the local clusters run, and the Debian package of each. */
const packages = {
    etcd: "etcd-server",
    containerd: "containerd",
    ctr: "containerd",
    "containerd-shim-runc-v2": "containerd",
    runc: "runc",
    iptables: "iptables",
    conntrack: "conntrack",
    ip: "iproute2",
    sysctl: "procps",
    nsenter: "util-linux",
    setpriv: "util-linux",
    mount: "mount",
    umount: "mount",
    tar: "tar",
    mmdebstrap: "mmdebstrap",
    pip3: "python3-pip",
} as const;

const cniPackage = "containernetworking-plugins";

/** A command that the local clusters need. */
export type SystemCommand = keyof typeof packages;

/** Full paths of the commands, and the folder of the CNI plugins. */
export interface SystemCommands extends Record<SystemCommand, string> {
    cniDir: string;
}

/** What was looked for: the found ones, and the missing ones with the packages that hold them. */
export interface SystemSearch {
    found: Partial<SystemCommands>;
    missing: string[];
    packages: string[];
}

/** Looks for the commands on PATH and where the superuser's are. */
export function findSystemCommands(): SystemSearch {
    const found: Partial<SystemCommands> = {};
    const missing: string[] = [];
    const needed = new Set<string>();
    for (const [command, debianPackage] of Object.entries(packages) as [SystemCommand, string][]) {
        const file = findCommand(command);
        if (file) {
            found[command] = file;
        } else {
            missing.push(command);
            needed.add(debianPackage);
        }
    }
    found.cniDir = ["/usr/lib/cni", "/opt/cni/bin"].find((folder) =>
        cniPlugins.every((name) => isProgram(folder, name)),
    );
    if (!found.cniDir) {
        missing.push(`the CNI plugins ${cniPlugins.join(", ")}`);
        needed.add(cniPackage);
    }
    return { found, missing, packages: [...needed] };
}

/** Whether this machine can install Debian packages. */
export function hasAptGet(): boolean {
    return findCommand("apt-get") !== undefined;
}

/**
 * Installs Debian packages without their services: the units and init scripts of etcd and containerd are left out, so
 * that nothing starts now or when the machine does. We start ours ourselves, in their own namespaces.
 */
export async function installPackages(names: readonly string[]): Promise<void> {
    const options = { log: "apt-get", env: { DEBIAN_FRONTEND: "noninteractive" } };
    const excluded = serviceFiles.flatMap((file) => ["--option", `DPkg::Options::=--path-exclude=${file}`]);
    const wait = ["--option", "DPkg::Lock::Timeout=120"];
    // apt-get waits for another one that installs, but not for one that reads the package lists.
    await withLock("apt-get", async () => {
        await runLogged("apt-get", ["update"], options);
        await runLogged(
            "apt-get",
            ["install", "--yes", "--no-install-recommends", ...wait, ...excluded, ...names],
            options,
        );
    });
}

/** Where a command is: on PATH, otherwise in /usr/sbin or /sbin. Folders given in `except` do not count. */
export function findCommand(command: string, except: readonly string[] = []): string | undefined {
    const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];
    const folder = folders.find(
        (candidate) => candidate && !except.includes(candidate) && isProgram(candidate, command),
    );
    return folder && path.join(folder, command);
}

const cniPlugins = ["host-local", "loopback", "portmap", "ptp"];

const serviceFiles = [
    "*/systemd/system/etcd*",
    "*/systemd/system/containerd*",
    "/etc/init.d/etcd",
    "/etc/init.d/containerd",
];

function isProgram(folder: string, name: string): boolean {
    try {
        fs.accessSync(path.join(folder, name), fs.constants.X_OK);
        return fs.statSync(path.join(folder, name)).isFile();
    } catch {
        return false;
    }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { checkoutPrefix } from "./checkout";
import { until } from "./until";

/**
 * The cgroup of one cluster. Every process of the cluster is born in it, before it does anything else, so
 * everything in it was started by us, even if nobody lived to write its pid down.
 */
export class Cgroup {
    /** As the kubelet names it: a path below each hierarchy's root. */
    readonly path: string;

    constructor(readonly name: string) {
        this.path = `/${checkoutPrefix}-${name}`;
    }

    /** The names of this checkout's clusters that have a cgroup. */
    static names(): string[] {
        const prefix = `${checkoutPrefix}-`;
        const entries = allHierarchies().flatMap((hierarchy) => readdirSync(hierarchy));
        const names = entries
            .filter((entry) => entry.startsWith(prefix))
            .map((entry) => entry.slice(prefix.length));
        return [...new Set(names)];
    }

    /** Makes the cgroup in every hierarchy, as the kubelet wants its `cgroupRoot`. */
    create(): void {
        for (const hierarchy of hierarchies()) {
            const dir = path.join(hierarchy, this.path);
            mkdirSync(dir, { recursive: true });
            if (isVersion1()) inheritCpuset(hierarchy, dir);
            else delegateControllers(hierarchy, dir);
        }
        mkdirSync(this.daemons, { recursive: true });
    }

    /** Whether it is in every hierarchy: a removal that failed leaves it in some. */
    get isWhole(): boolean {
        return hierarchies().every((hierarchy) => existsSync(path.join(hierarchy, this.path)));
    }

    /** A process joins the cgroup, with all it starts later, by writing its pid to this file. */
    get procs(): string {
        return path.join(this.daemons, "cgroup.procs");
    }

    /** Memory in use in bytes, without what the kernel could drop from the page cache at once. */
    memory(): number {
        const dir = path.join(ownerHierarchy(), this.path);
        const [usage, inactive] = isVersion1()
            ? ["memory.usage_in_bytes", "total_inactive_file"]
            : ["memory.current", "inactive_file"];
        if (!existsSync(path.join(dir, usage))) return 0;
        const stat = new RegExp(`^${inactive} (\\d+)$`, "m").exec(
            readFileSync(path.join(dir, "memory.stat"), "utf8"),
        );
        return Number(readFileSync(path.join(dir, usage), "utf8")) - Number(stat?.[1] ?? 0);
    }

    /** Ends every process in the cgroup, containers included. */
    async kill(): Promise<void> {
        await until(
            `the end of cluster ${this.name}`,
            () => {
                const pids = this.pids();
                pids.forEach(kill);
                return pids.length === 0 ? undefined : `processes ${pids.join(", ")} do not end`;
            },
            { limit: 30_000 },
        );
    }

    /** Removes the cgroup, which must be empty, from every hierarchy: runc uses version 2 in addition to version 1. */
    async remove(): Promise<void> {
        await until(
            `the removal of cgroup ${this.path}`,
            () =>
                allHierarchies()
                    .map((hierarchy) => removeTree(path.join(hierarchy, this.path)))
                    .find((problem) => problem !== undefined),
            { limit: 10_000 },
        );
    }

    private get daemons(): string {
        return path.join(ownerHierarchy(), this.path, "daemons");
    }

    private pids(): number[] {
        return descendants(path.join(ownerHierarchy(), this.path)).flatMap(members);
    }
}

/** The mount points of version 1's hierarchies; if there are none, version 2's only one. */
function hierarchies(): string[] {
    const version1 = mountPoints("cgroup");
    return version1.length > 0 ? version1 : mountPoints("cgroup2");
}

function allHierarchies(): string[] {
    return [...mountPoints("cgroup"), ...mountPoints("cgroup2")];
}

function mountPoints(type: "cgroup" | "cgroup2"): string[] {
    const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8").split("\n") : [];
    return mounts
        .map((line) => line.split(" "))
        .filter((mount) => mount[2] === type)
        .map((mount) => mount[1] ?? "");
}

function isVersion1(): boolean {
    return mountPoints("cgroup").length > 0;
}

/** The hierarchy whose membership says which cluster a process belongs to. */
function ownerHierarchy(): string {
    const all = hierarchies();
    const owner = all.find((hierarchy) => path.basename(hierarchy).split(",").includes("memory")) ?? all[0];
    if (owner === undefined) throw new Error("no cgroup hierarchy is mounted on this machine");
    return owner;
}

/** Version 1 refuses processes in a cpuset without CPUs and memory nodes. */
function inheritCpuset(hierarchy: string, dir: string): void {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (existsSync(path.join(hierarchy, file))) {
            writeFileSync(path.join(dir, file), readFileSync(path.join(hierarchy, file)));
        }
    }
}

/** Version 2 gives a cgroup only the controllers that its parent passes on. */
function delegateControllers(hierarchy: string, dir: string): void {
    for (const parent of [hierarchy, dir]) {
        const available = readFileSync(path.join(parent, "cgroup.controllers"), "utf8").trim().split(" ");
        const passed = readFileSync(path.join(parent, "cgroup.subtree_control"), "utf8").trim().split(" ");
        const wanted = ["cpu", "cpuset", "io", "memory", "pids"].filter(
            (c) => available.includes(c) && !passed.includes(c),
        );
        if (wanted.length > 0) {
            writeFileSync(path.join(parent, "cgroup.subtree_control"), wanted.map((c) => `+${c}`).join(" "));
        }
    }
}

/** The folder and all cgroups below it, deepest first; none when it does not exist. */
function descendants(dir: string): string[] {
    if (!existsSync(dir)) return [];
    const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...children.flatMap((child) => descendants(path.join(dir, child.name))), dir];
}

/** The processes of one cgroup, none when it has just gone. */
function members(dir: string): number[] {
    try {
        return readFileSync(path.join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
    } catch {
        return [];
    }
}

function removeTree(dir: string): string | undefined {
    try {
        descendants(dir).forEach((cgroup) => rmdirSync(cgroup));
        return undefined;
    } catch (error) {
        return (error as Error).message;
    }
}

function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}

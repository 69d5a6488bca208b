import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Cluster } from "./cluster";
import { tail, writeFileAtomically } from "./files";

/**
 * A process of a cluster that outlives the command that starts it. It writes to the log of its name, and its start
 * time distinguishes it from a later process with the same pid.
 */
export class Daemon {
    constructor(
        private readonly cluster: Cluster,
        readonly name: string,
    ) {}

    /** Its pid, if it runs. */
    get pid(): number | undefined {
        if (!existsSync(this.pidFile)) return undefined;
        const [pid, started] = readFileSync(this.pidFile, "utf8").split(" ").map(Number);
        return pid !== undefined && startTime(pid) === started ? pid : undefined;
    }

    /** How long it has been running, seconds; 0 if it does not run. */
    get age(): number {
        const started = this.pid === undefined ? undefined : startTime(this.pid);
        if (started === undefined) return 0;
        const [uptime] = readFileSync("/proc/uptime", "utf8").split(" ").map(Number);
        return uptime! - started / ticksPerSecond;
    }

    /**
     * Starts it in the cluster's cgroup.
     *
     * @param ipc - opens a channel on which the caller can send it messages and handles
     */
    start(command: string[], { ipc = false }: { ipc?: boolean } = {}): ChildProcess {
        mkdirSync(path.dirname(this.log), { recursive: true });
        const log = openSync(this.log, "a");
        const child = spawn(
            "sh",
            ["-euc", startScript, this.cluster.cgroup.procs, this.pidFile, String(process.pid), ...command],
            {
                detached: true,
                stdio: ["ignore", log, log, ...(ipc ? (["ipc"] as const) : [])],
                // Not the caller's: it may hold secrets, and a cluster would behave differently from caller to caller.
                env: { HOME: "/root", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
            },
        );
        closeSync(log);
        child.unref();
        if (child.pid === undefined) {
            throw new Error(`${this.name} of cluster ${this.cluster.name} did not start`);
        }
        writeFileAtomically(this.pidFile, `${child.pid} ${startTime(child.pid)}`);
        return child;
    }

    /** The end of its log, with the log's path. */
    get lastWords(): string {
        return `${path.relative(process.cwd(), this.log)} ends:\n${tail(this.log)}`;
    }

    private get log(): string {
        return this.cluster.log(this.name);
    }

    private get pidFile(): string {
        return this.cluster.path("pids", `${this.name}.pid`);
    }
}

/** USER_HZ, by which the kernel counts in /proc. */
const ticksPerSecond = 100;

/**
 * Arguments: the file by which a process joins the cluster's cgroup, the file for its pid, the caller's pid, the command.
 * It writes the pid down itself, as the caller does: so every process is known even if the caller ends too early. If that has ended
 * before the process joined, the next command may already have looked at what is in the cgroup, so the process ends too.
 */
const startScript = `
echo $$ > "$0"
[ "$(cut -d " " -f 4 /proc/$$/stat)" = "$2" ]
mkdir -p "$(dirname "$1")"
echo "$$ $(cut -d " " -f 22 /proc/$$/stat)" > "$1.$$"
mv "$1.$$" "$1"
shift 2
exec "$@"
`;

/**
 * When a process started, in clock ticks since the machine's boot, by field 22 of proc_pid_stat(5); undefined if it
 * has ended, reaped or not.
 */
function startTime(pid: number): number | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return state === "Z" ? undefined : Number(fields[18]);
    } catch {
        return undefined;
    }
}

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Cluster } from "./cluster";
import { tail, writeFileAtomically } from "./files";
import { until } from "./until";

/** A process, told from a later one with the same pid by when it started. */
interface Identity {
    pid: number;
    /** In clock ticks after the machine's boot. */
    started: number;
}

/** A process of a cluster that outlives the command that starts it. It writes to the log of its name. */
export class Daemon {
    constructor(
        private readonly cluster: Cluster,
        readonly name: string,
    ) {}

    /** Its pid, if it runs. */
    get pid(): number | undefined {
        if (!existsSync(this.pidFile)) return undefined;
        const { pid, started } = JSON.parse(readFileSync(this.pidFile, "utf8")) as Identity;
        return startTime(pid) === started ? pid : undefined;
    }

    /**
     * Starts it in the cluster's cgroup.
     *
     * @param ipc - opens a channel on which the caller can send it messages and handles
     */
    start(command: string[], { ipc = false }: { ipc?: boolean } = {}): ChildProcess {
        mkdirSync(path.dirname(this.log), { recursive: true });
        const log = openSync(this.log, "a");
        const join = 'echo $$ > "$0" && exec "$@"';
        const child = spawn("sh", ["-c", join, this.cluster.cgroup.procs, ...command], {
            detached: true,
            stdio: ["ignore", log, log, ...(ipc ? (["ipc"] as const) : [])],
            // Not ours: it may hold secrets, and it would change how a cluster behaves from caller to caller.
            env: { HOME: "/root", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        });
        closeSync(log);
        child.unref();
        if (child.pid === undefined)
            throw new Error(`${this.name} of cluster ${this.cluster.name} did not start`);
        const identity: Identity = { pid: child.pid, started: startTime(child.pid) ?? 0 };
        writeFileAtomically(this.pidFile, JSON.stringify(identity));
        return child;
    }

    /** Asks it to end and waits until it has. */
    async stop(): Promise<void> {
        const { pid } = this;
        if (pid !== undefined) process.kill(pid, "SIGTERM");
        const ended = () => (this.pid === undefined ? undefined : `process ${pid} runs`);
        await until(`the end of ${this.name} of cluster ${this.cluster.name}`, ended, { limit: 10_000 });
    }

    /** The end of its log, with the log's path. */
    get lastWords(): string {
        return `${path.relative(process.cwd(), this.log)} ends:\n${tail(this.log)}`;
    }

    private get log(): string {
        return this.cluster.log(this.name);
    }

    private get pidFile(): string {
        return this.cluster.path("pids", `${this.name}.json`);
    }
}

/** When a process started, by field 22 of proc_pid_stat(5); nothing when it has ended, reaped or not. */
function startTime(pid: number): number | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return state === "Z" ? undefined : Number(fields[18]);
    } catch {
        return undefined;
    }
}

import { ChildProcess, spawn, SpawnOptions } from "node:child_process";
import { constants } from "node:os";

/** The processes the host has started. */
export class Children {
    private readonly running = new Set<ChildProcess>();

    /** @returns the exit status; 128 and the signal's number for a process that a signal ended. */
    async run(program: string, args: string[], options: SpawnOptions): Promise<number> {
        return this.exit(spawn(program, args, options));
    }

    /** Like `run`; hands on what the process writes. */
    async stream(
        program: string,
        args: string[],
        options: Pick<SpawnOptions, "cwd" | "env">,
        stdout: (data: Buffer) => void,
        stderr: (data: Buffer) => void,
    ): Promise<number> {
        const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
        child.stdout.on("data", stdout);
        child.stderr.on("data", stderr);
        return this.exit(child);
    }

    /** Ends what still runs. */
    end(): void {
        this.running.forEach((child) => child.kill());
    }

    private async exit(child: ChildProcess): Promise<number> {
        this.running.add(child);
        try {
            return await new Promise((resolve, reject) => {
                child.on("error", reject);
                child.on("close", (status, signal) => resolve(status ?? 128 + constants.signals[signal!]));
            });
        } finally {
            this.running.delete(child);
        }
    }
}

import { ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { unwrapSecrets } from "../properties";
import { EngineLog, PropertyMap, PropertyValue } from "../provider";

/** Runs commands and keeps account of them, so that a cancelled update leaves none running. */
export class CommandRunner {
    private readonly running = new Set<ChildProcess>();

    constructor(private readonly log: EngineLog) {
        process.on("exit", () => this.cancel());
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
            process.on(signal, () => process.exit(1));
        }
    }

    /**
     * Runs a command with the inputs' interpreter, environment, folder and standard input.
     *
     * @param previous the outputs of the previous run.
     * @returns the inputs with the outputs of this run, or of the previous one if there is no command.
     * @throws Error with the exit status, the command and all it wrote, as the official provider's.
     */
    async run(
        urn: string,
        command: PropertyValue | undefined,
        inputs: PropertyMap,
        previous: PropertyMap,
    ): Promise<PropertyMap> {
        if (command === undefined || command === null) {
            return { stdout: "", stderr: "", ...inputs, ...previous };
        }
        const plain = unwrapSecrets(inputs) as CommandInputs;
        const script = unwrapSecrets(command) as string;
        if (plain.assetPaths ?? plain.archivePaths) {
            throw new Error(
                "This stand-in for the command plugin makes no assets: assetPaths and archivePaths need the official plugin.",
            );
        }
        const output = await this.execute(urn, script, plain, environment(plain, previous));
        return {
            ...inputs,
            ...previous,
            stdout: output.stdout.replace(/\n$/, ""),
            stderr: output.stderr.replace(/\n$/, ""),
        };
    }

    /** Ends every running command with its children. */
    cancel(): void {
        for (const child of this.running) {
            killGroup(child);
        }
    }

    private async execute(
        urn: string,
        script: string,
        inputs: CommandInputs,
        env: NodeJS.ProcessEnv,
    ): Promise<{ stdout: string; stderr: string }> {
        const interpreter = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
        const program = interpreter[0]!;
        const logger = new LineLogger((line) => this.log.log("info", line, urn, { ephemeral: true }));
        const written = { stdout: [] as Buffer[], stderr: [] as Buffer[], both: [] as Buffer[] };
        const failure = await new Promise<string | undefined>((resolve) => {
            if (inputs.dir !== undefined && !existsSync(inputs.dir)) {
                return resolve(`chdir ${inputs.dir}: no such file or directory`);
            }
            const child = spawn(program, [...interpreter.slice(1), script], {
                cwd: inputs.dir,
                env,
                // A process group of its own, so that its children can be ended with it.
                detached: true,
                stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
            });
            this.running.add(child);
            for (const name of ["stdout", "stderr"] as const) {
                child[name]!.on("data", (data: Buffer) => {
                    written[name].push(data);
                    written.both.push(data);
                    if (logs(inputs, name)) {
                        logger.write(data);
                    }
                });
            }
            // A command need not read its input: a closed pipe is no failure.
            child.stdin?.on("error", () => undefined);
            child.stdin?.end(inputs.stdin);
            child.on("error", (error: NodeJS.ErrnoException) => resolve(startFailure(program, error)));
            child.on("close", (status, signal) => {
                this.running.delete(child);
                resolve(exitFailure(status, signal));
            });
        });
        await logger.end();
        const [stdout, stderr, both] = [written.stdout, written.stderr, written.both].map((parts) =>
            Buffer.concat(parts).toString(),
        ) as [string, string, string];
        if (failure !== undefined) {
            throw new Error(`${failure}: running ${goQuote(script)}:\n${both}`);
        }
        return { stdout, stderr };
    }
}

interface CommandInputs {
    interpreter?: string[];
    dir?: string;
    environment?: Record<string, string>;
    stdin?: string;
    logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
    addPreviousOutputInEnv?: boolean;
    assetPaths?: string[];
    archivePaths?: string[];
}

function environment(inputs: CommandInputs, previous: PropertyMap): NodeJS.ProcessEnv {
    const { stdout, stderr } = unwrapSecrets(previous) as { stdout?: string; stderr?: string };
    const given = inputs.addPreviousOutputInEnv ?? true;
    return {
        ...process.env,
        ...inputs.environment,
        ...(given && stdout ? { PULUMI_COMMAND_STDOUT: stdout } : {}),
        ...(given && stderr ? { PULUMI_COMMAND_STDERR: stderr } : {}),
    };
}

function logs({ logging }: CommandInputs, stream: "stdout" | "stderr"): boolean {
    return logging === undefined || logging === "stdoutAndStderr" || logging === stream;
}

function startFailure(program: string, error: NodeJS.ErrnoException): string {
    if (error.code === "ENOENT") {
        return program.includes("/")
            ? `fork/exec ${program}: no such file or directory`
            : `exec: ${goQuote(program)}: executable file not found in $PATH`;
    }
    return `fork/exec ${program}: ${error.code === "EACCES" ? "permission denied" : error.message}`;
}

function exitFailure(status: number | null, signal: NodeJS.Signals | null): string | undefined {
    if (signal) {
        return `signal: ${signal === "SIGKILL" ? "killed" : signal === "SIGTERM" ? "terminated" : signal}`;
    }
    return status === 0 ? undefined : `exit status ${status}`;
}

/** Go's `%q`. */
function goQuote(text: string): string {
    return JSON.stringify(text)
        .replace(/\\u00([0-9a-f]{2})/g, "\\x$1")
        .replace(/\\x07/g, "\\a")
        .replace(/\\x0b/g, "\\v")
        .replace(/\x7f/g, "\\x7f");
}

function killGroup(child: ChildProcess): void {
    try {
        process.kill(-child.pid!, "SIGKILL");
    } catch {
        // It has ended by itself.
    }
}

/** Sends whole lines in their order; what is left goes at the end. */
class LineLogger {
    private rest = "";
    private sent = Promise.resolve();

    constructor(private readonly send: (line: string) => Promise<void>) {}

    write(data: Buffer): void {
        const lines = (this.rest + data.toString()).split("\n");
        this.rest = lines.pop()!;
        lines.forEach((line) => this.queue(line));
    }

    async end(): Promise<void> {
        if (this.rest) {
            this.queue(this.rest);
        }
        await this.sent;
    }

    private queue(line: string): void {
        this.sent = this.sent.then(() => this.send(line));
    }
}

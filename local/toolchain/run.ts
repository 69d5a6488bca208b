import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { logsDir, projectDir } from "../paths";

/** Where and how a logged command runs. */
export interface RunOptions {
    /** The name of the log, without its ending: `.local/logs/<log>.log`. */
    log: string;
    /** The working directory. Default: the checkout. */
    cwd?: string;
    /** Environment variables in addition to this process's own. */
    env?: NodeJS.ProcessEnv;
    /** Called with each line that it prints on stderr. */
    onLine?: (line: string) => void;
}

/**
 * Runs a command and appends what it prints to its log under `.local/logs/`. It ends with this process.
 *
 * @throws Error naming the command, its last lines and its log, if it cannot be started or ends with a status other than 0
 */
export async function runLogged(
    command: string,
    args: readonly string[],
    options: RunOptions,
): Promise<void> {
    fs.mkdirSync(logsDir, { recursive: true });
    const file = path.join(logsDir, `${options.log}.log`);
    const log = fs.openSync(file, "a");
    try {
        fs.writeSync(log, `$ ${command} ${args.join(" ")}\n`);
        const failure = await spawnAndWait(command, args, options, log);
        if (failure) {
            throw new Error(describeFailure(command, args, failure, file));
        }
    } finally {
        fs.closeSync(log);
    }
}

/** What a short command prints on stdout. Rejects if it fails. */
export async function capture(
    command: string,
    args: readonly string[],
    options: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<string> {
    const { stdout } = await execa(command, args, { cwd: projectDir, ...options });
    return stdout.trim();
}

/** Starts a command that the kernel ends when this process ends, however it does; only Linux can. */
export function spawnTied(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    if (process.platform !== "linux") {
        return spawn(command, args, options);
    }
    return spawn("setpriv", ["--pdeathsig", "TERM", command, ...args], options);
}

async function spawnAndWait(
    command: string,
    args: readonly string[],
    { cwd, env, onLine }: RunOptions,
    log: number,
): Promise<string | undefined> {
    const child = spawnTied(command, args, {
        cwd: cwd ?? projectDir,
        env: { ...process.env, ...env },
        stdio: ["ignore", log, onLine ? "pipe" : log],
    });
    if (onLine) {
        createInterface(child.stderr!).on("line", (line) => {
            fs.writeSync(log, `${line}\n`);
            onLine(line);
        });
    }
    const [status, signal] = (await once(child, "close")) as [number | null, string | null];
    return status === 0 ? undefined : signal ? `was ended by ${signal}` : `ended with status ${status}`;
}

function describeFailure(command: string, args: readonly string[], failure: string, log: string): string {
    const called = `${path.basename(command)} ${args[0] ?? ""}`.trimEnd();
    return `${called} ${failure}. Its last lines:\n${lastLines(log)}\nThe whole log: ${path.relative(projectDir, log)}`;
}

function lastLines(file: string): string {
    const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-15);
    return lines.map((line) => `    ${line}`).join("\n");
}

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findCommand, installPackages } from "../../local/toolchain/systemCommands";

/** What part of a process holds a secret, and which process: the first words of its command line. */
export interface Seen {
    where: "arguments" | "environment";
    process: string;
    secret: string;
}

/** The engine and the git that it asks, its plugins and the program, to which Pulumi itself hands the stack's settings. */
const ofPulumi = /(^|\/)(pulumi|git)( |$)|pulumi-(language|resource|analyzer)-|@pulumi\/pulumi\/cmd\/run/m;

/**
 * Records the arguments and the environment of a program and of all that it starts, by strace: a process
 * that lives for a millisecond is recorded like any other, which looking at /proc many times a second misses.
 */
export class ProcessWatch {
    private readonly dir: string;

    private constructor(
        program: string,
        private readonly secrets: Record<string, string>,
    ) {
        this.dir = mkdtempSync(join(tmpdir(), "process-watch-"));
        const strace = "strace -f --seccomp-bpf -qq -v -xx -s 1048576 -e trace=execve";
        const script = `#!/bin/sh\numask 077\nexec ${strace} -o '${this.trace}' '${findCommand(program)}' "$@"\n`;
        writeFileSync(join(this.dir, program), script);
        chmodSync(join(this.dir, program), 0o700);
    }

    /**
     * @param program - by its name
     * @param secrets - what to look for, by name
     */
    static async of(program: string, secrets: Record<string, string>): Promise<ProcessWatch> {
        if (!findCommand("strace")) {
            await installPackages(["strace"]);
        }
        return new ProcessWatch(program, secrets);
    }

    /** An environment in which the program is recorded. */
    env(env: Record<string, string>): Record<string, string> {
        return { ...env, PATH: [this.dir, env["PATH"] ?? process.env["PATH"]].join(delimiter) };
    }

    /** What was found, and the command lines that were looked at; forgets the rest. */
    stop(): { seen: Seen[]; commands: string[] } {
        const started = readFileSync(this.trace, "utf8").split("\n").flatMap(execve);
        rmSync(this.dir, { recursive: true });
        return {
            seen: started.flatMap((each) => this.find(each)),
            commands: started.map(({ args }) => args.slice(0, 2).join(" ")),
        };
    }

    private get trace() {
        return join(this.dir, "trace");
    }

    private find({ args, env }: Started): Seen[] {
        const texts = { arguments: args, environment: ofPulumi.test(args.join("\n")) ? [] : env };
        const process = args.slice(0, 2).join(" ");
        return Object.entries(texts).flatMap(([where, text]) =>
            Object.entries(this.secrets)
                .filter(([, value]) => text.some((each) => each.includes(value)))
                .map(([secret]) => ({ where: where as Seen["where"], process, secret })),
        );
    }
}

interface Started {
    args: string[];
    env: string[];
}

/** What a line of strace says of an execve, `12 execve("\x2f", ["\x2f", "\x2d"], ["\x50"]) = 0`: at most one. */
function execve(line: string): Started[] {
    const lists = /execve\("[^"]*", \[([^\]]*)\], \[([^\]]*)\]/.exec(line);
    return lists ? [{ args: strings(lists[1]!), env: strings(lists[2]!) }] : [];
}

/** Strings that strace wrote in hexadecimal. */
function strings(list: string): string[] {
    return [...list.matchAll(/"([^"]*)"/g)].map(([, hex]) =>
        Buffer.from(hex!.replaceAll("\\x", ""), "hex").toString(),
    );
}

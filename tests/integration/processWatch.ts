import { readFileSync, readdirSync } from "node:fs";

/** What of a process holds a secret, and which process: the first words of its command line. */
export interface Seen {
    where: "arguments" | "environment";
    process: string;
    secret: string;
}

/** The engine and the git that it asks, its plugins and the program, to which Pulumi itself hands the stack's settings. */
const ofPulumi = /(^|\/)(pulumi|git)[ \0]|pulumi-(language|resource|analyzer)-|@pulumi\/pulumi\/cmd\/run/;

/** Looks at a program that this process runs, and at all that it starts, many times a second. */
export class ProcessWatch {
    private readonly seen = new Map<string, Seen>();
    private readonly commands = new Set<string>();
    private readonly timer: NodeJS.Timeout;

    /**
     * @param program - by its name, whenever it runs
     * @param secrets - what to look for, by name
     */
    constructor(
        private readonly program: string,
        private readonly secrets: Record<string, string>,
    ) {
        this.timer = setInterval(() => this.look(), 4);
    }

    /** What was found, and the programs that were looked at. */
    stop(): { seen: Seen[]; commands: string[] } {
        clearInterval(this.timer);
        return { seen: [...this.seen.values()], commands: [...this.commands] };
    }

    private look() {
        const started = children(process.pid).filter((pid) => read(pid, "comm").trim() === this.program);
        for (const pid of started.flatMap((each) => [each, ...descendants(each)])) {
            const args = read(pid, "cmdline");
            this.commands.add(args.split("\0").slice(0, 2).join(" "));
            this.find("arguments", args, args);
            if (!ofPulumi.test(args)) {
                this.find("environment", read(pid, "environ"), args);
            }
        }
    }

    private find(where: Seen["where"], text: string, args: string) {
        for (const [secret, value] of Object.entries(this.secrets)) {
            if (text.includes(value)) {
                const process = args.split("\0").slice(0, 2).join(" ");
                this.seen.set(`${where} ${process} ${secret}`, { where, process, secret });
            }
        }
    }
}

function descendants(pid: number): number[] {
    return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

function children(pid: number): number[] {
    return threads(pid).flatMap((thread) =>
        read(pid, `task/${thread}/children`).split(" ").filter(Boolean).map(Number),
    );
}

function threads(pid: number): string[] {
    try {
        return readdirSync(`/proc/${pid}/task`);
    } catch {
        return [];
    }
}

/** A file of proc(5); empty for a process that has ended. */
function read(pid: number, file: string): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}

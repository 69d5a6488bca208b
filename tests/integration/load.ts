import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";
import { goPrograms } from "../goPrograms";

/** What came of a load. */
export interface LoadOutcome {
    requests: number;
    /** How many streams were read, and are counted as failed if they broke. */
    streams: number;
    failed: number;
    /** What the first failures said. */
    failures: string[];
    longestPauseMs: number;
    seconds: number;
}

interface LoadOptions {
    /** Requests a second to each URL, each on a new connection. */
    rate?: number;
    /** Each is asked for `/status/200`. Default: httpbin of the same namespace. */
    servers?: string[];
}

/** A load from sleep to servers, and a stream to each beside it; ended by {@link stop}, or after ten minutes. */
export class Load {
    private constructor(private readonly child: ReturnType<typeof run>) {}

    static async start(context: string, options: LoadOptions = {}): Promise<Load> {
        const { rate = 50, servers = ["httpbin:8000"] } = options;
        const program = fs.readFileSync(path.join(await goPrograms("load", "."), "load"));
        await run(context, ["sh", "-c", "cat >/tmp/load && chmod +x /tmp/load"], program);
        const streams = servers.map((server) => `http://${server}/drip?duration=8&delay=0&numbytes=80`);
        const urls = servers.map((server) => `http://${server}/status/200`);
        const command = ["/tmp/load", "-rate", String(rate), "-streams", streams.join(","), ...urls];
        return new Load(run(context, command));
    }

    async stop(): Promise<LoadOutcome> {
        this.child.stdin.end();
        const { stdout, stderr } = await this.child;
        if (stdout === "") {
            throw new Error(`the load told nothing: ${stderr}`);
        }
        return JSON.parse(stdout) as LoadOutcome;
    }
}

function run(context: string, command: string[], input?: Buffer) {
    const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--namespace", "foo"];
    const args = [...where, "exec", "-i", "deploy/sleep", "-c", "sleep", "--", ...command];
    return execa("kubectl", args, { ...(input ? { input } : { stdin: "pipe" as const }), reject: false });
}

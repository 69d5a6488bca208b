import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";
import { probeHost, probePort } from "../../verify/probeNames";
import { goPrograms } from "../goPrograms";
import { httpbinAddress, remoteHttpbin } from "./samples";

/** Whether this is `npm run test:soak`. */
export const soaking = process.env["SOAK"] !== undefined;

/** How a load fared. */
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
    /** Whether there are streams, too. Default: there are. */
    streaming?: boolean;
}

/**
 * A load from sleep to servers, and in parallel a stream to each; ended by {@link stop}, or after half an hour. It runs
 * in the pod by itself, so it continues while the API server is down.
 */
export class Load {
    private constructor(private readonly context: string) {}

    static async start(context: string, options: LoadOptions = {}): Promise<Load> {
        const { rate = 200, servers = ["httpbin:8000"], streaming = true } = options;
        const program = fs.readFileSync(path.join(await goPrograms("load", "."), "load"));
        await run(context, "cat >/tmp/load && chmod +x /tmp/load && rm -f /tmp/outcome", [], program);
        const streams = (streaming ? servers : []).map(
            (server) => `http://${server}/drip?duration=8&delay=0&numbytes=80`,
        );
        const urls = servers.map((server) => `http://${server}/status/200`);
        const args = ["-rate", String(rate), "-streams", streams.join(","), ...urls];
        await run(context, `(${underWay}) </dev/null >/tmp/errors 2>&1 &`, args);
        return new Load(context);
    }

    /**
     * The load that operations are proven by, half of it to another cluster: 80 requests a second, and 200 in a soak.
     */
    static async across(context: string, other: string): Promise<Load> {
        const address = await httpbinAddress(other);
        const hosts = ["httpbin.foo.svc.cluster.local", "httpbin.remote"];
        await apply(context, [remoteHttpbin(address), ...hosts.map(connections)]);
        return Load.start(context, {
            rate: soaking ? 100 : 40,
            servers: ["httpbin:8000", `${address}:8080`],
        });
    }

    /** The same between two clusters that are linked: through the east-west gateway of the other one. */
    static async throughGateway(
        context: string,
        other: string,
        options: Pick<LoadOptions, "rate" | "streaming"> = {},
    ): Promise<Load> {
        const host = probeHost(other);
        await apply(context, ["httpbin.foo.svc.cluster.local", host].map(connections));
        return Load.start(context, {
            rate: soaking ? 100 : 40,
            servers: ["httpbin:8000", `${host}:${probePort}`],
            ...options,
        });
    }

    async stop(): Promise<LoadOutcome> {
        return JSON.parse(await run(this.context, ending)) as LoadOutcome;
    }
}

/** New connections all the time: otherwise proxies would keep theirs, and with them old certificates. */
export function connections(host: string) {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: `connections-${host.split(".")[1]}`, namespace: "foo" },
        spec: {
            host,
            trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 10, idleTimeout: "2s" } } },
        },
    };
}

/** Applies objects to a cluster. */
export async function apply(context: string, objects: object[]): Promise<void> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const where = ["--kubeconfig", kubeconfigPath, "--context", context];
    await execa("kubectl", [...where, "apply", "--filename", "-"], { input });
}

/** The outcome gets its name when it is complete. */
const underWay =
    '/tmp/load "$@" >/tmp/outcome.part & echo $! >/tmp/load.pid; wait $!; mv /tmp/outcome.part /tmp/outcome';

/** Running requests have ten seconds to end. */
const ending = `
    kill -TERM "$(cat /tmp/load.pid)"
    for attempt in $(seq 300); do
        if [ -e /tmp/outcome ]; then exec cat /tmp/outcome; fi
        sleep 0.1
    done
    echo "the load does not end" >&2
    cat /tmp/errors >&2
    exit 1
`;

async function run(context: string, script: string, args: string[] = [], input?: Buffer): Promise<string> {
    const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--namespace", "foo"];
    const shell = ["sh", "-euc", script, "sh", ...args];
    const command = [...where, "exec", "-i", "deploy/sleep", "-c", "sleep", "--", ...shell];
    const { stdout } = await execa("kubectl", command, { input: input ?? "" });
    return stdout;
}

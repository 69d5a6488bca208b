import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";

/** Until its stdin ends, and for 10,000 requests at most. */
const loop = `
exec 3<&0
cat <&3 >/dev/null &
for request in $(seq 10000); do
    kill -0 $! 2>/dev/null || break
    curl --silent --output /dev/null --max-time 5 --write-out "%{http_code}\\n" http://httpbin:8000/status/200
    sleep 0.05
done`;

/** Requests from sleep to httpbin, one after the other, each on a new connection; ended by {@link stop}. */
export class Load {
    private readonly child;

    constructor(context: string) {
        const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--namespace", "foo"];
        const sleep = ["deploy/sleep", "-c", "sleep"];
        this.child = execa("kubectl", [...where, "exec", "-i", ...sleep, "--", "sh", "-c", loop], {
            stdin: "pipe",
            reject: false,
        });
    }

    /** The statuses of all requests so far. */
    async stop(): Promise<string[]> {
        this.child.stdin.end();
        const { stdout } = await this.child;
        return stdout.split("\n").filter((line) => line !== "");
    }
}

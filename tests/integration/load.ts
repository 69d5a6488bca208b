import { execa } from "execa";
import { kubeconfigPath } from "../../local/paths";

/** Requests from sleep to httpbin, one after the other, each on a new connection; ended by {@link stop}. */
export class Load {
    private readonly child;

    constructor(context: string) {
        // Ends by itself: at most 10,000 requests.
        const loop =
            'for i in $(seq 10000); do curl --silent --output /dev/null --max-time 5 --write-out "%{http_code}\\n" http://httpbin:8000/status/200; sleep 0.05; done';
        const where = ["--kubeconfig", kubeconfigPath, "--context", context, "--namespace", "foo"];
        this.child = execa(
            "kubectl",
            [...where, "exec", "deploy/sleep", "-c", "sleep", "--", "sh", "-c", loop],
            {
                reject: false,
            },
        );
    }

    /** The statuses of all requests so far. */
    async stop(): Promise<string[]> {
        this.child.kill();
        const { stdout } = await this.child;
        return stdout.split("\n").filter((line) => line !== "");
    }
}

import * as pulumi from "@pulumi/pulumi";
import type { MatrixCluster, MatrixInput } from "../verify/matrixInput";
import type { MatrixSummary } from "../verify/matrixReport";
import { hostCommand } from "./hostCommand";
import { runProgram } from "./scripts";

/** Arguments of {@link MeshMatrix}. */
export interface MeshMatrixArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** All clusters of the mesh, each with a MeshProbe. */
    clusters: pulumi.Input<MatrixCluster[]>;
    /** The mesh's trust domain. Default: cluster.local. */
    trustDomain?: pulumi.Input<string>;
    /** How long to retry until what is expected is seen. Default: 180. */
    timeoutSeconds?: pulumi.Input<number>;
}

/** The proof, by a request and handshakes for each pair of clusters, that their workloads trust each other; repeated whenever one of their CAs changes. */
export class MeshMatrix extends pulumi.ComponentResource {
    /** The verdict, and what was seen between each two clusters. */
    readonly summary: pulumi.Output<MatrixSummary>;

    constructor(name: string, args: MeshMatrixArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:MeshMatrix", name, args, opts);
        const input = pulumi.output(args).apply(({ timeoutSeconds, ...mesh }): MatrixInput => ({
            ...mesh,
            limitSeconds: timeoutSeconds ?? 180,
        }));
        const verify = `${runProgram("verify/matrixMain")} --input - --summary`;
        const { stdout } = hostCommand(
            `${name}-handshakes`,
            { create: verify, update: verify, stdin: pulumi.jsonStringify(input), logging: "stderr" },
            { parent: this },
        );
        // Absent if `up --target` leaves the Command out before its first run.
        this.summary = stdout.apply((summary?: string) => (summary && JSON.parse(summary)) as MatrixSummary);
        this.registerOutputs({ summary: this.summary });
    }
}

import * as pulumi from "@pulumi/pulumi";
import type { VerificationInput } from "../verify/input";
import type { Summary } from "../verify/report";
import { hostCommand } from "./hostCommand";
import { runProgram } from "./scripts";

/** Arguments of {@link MeshVerification}. */
export interface MeshVerificationArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** The file ca-cert.pem of `cacerts`, PEM: the CA that must be seen to sign. */
    caCertPem: pulumi.Input<string>;
    /** The file root-cert.pem of `cacerts`, PEM: the roots that the mesh must be seen to trust. */
    rootCertPem: pulumi.Input<string>;
    /** The file ca-crl.pem of `cacerts`, PEM: the CRLs that every proxy must hold. Default: the mesh uses none. */
    crlPem?: pulumi.Input<string | undefined>;
    /** The mesh's trust domain. Default: cluster.local. */
    trustDomain?: pulumi.Input<string>;
    /** The namespace of httpbin and sleep. Default: none, only istiod's part is verified. */
    workloadNamespace?: pulumi.Input<string>;
    /**
     * Whether every proxy of the mesh must be seen to trust the roots and to serve a certificate of the CA. Default: true;
     * false if workloads pick up the CA later, by a restart.
     */
    proxies?: pulumi.Input<boolean>;
    /**
     * In how many minutes the proxies pick up a renewed intermediate by themselves: during that window, certificates of the
     * previous one also pass. Default: they do not, every proxy must have picked it up.
     */
    reissueMinutes?: pulumi.Input<number | undefined>;
    /**
     * The proxies that are left out, in whatever state they are: each `namespace/pod`, or `node/name` for all of a node, with `*`
     * for any characters. Default: none.
     */
    exclude?: pulumi.Input<pulumi.Input<string>[]>;
    /** How long to retry until what is expected is seen. Default: 180. */
    timeoutSeconds?: pulumi.Input<number>;
}

/** The proof, by real handshakes, that the mesh trusts the plugged-in CA; repeated whenever the CA changes. */
export class MeshVerification extends pulumi.ComponentResource {
    /** The verdict, and the certificates that were seen. */
    readonly summary: pulumi.Output<Summary>;

    constructor(name: string, args: MeshVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:MeshVerification", name, args, opts);
        const input = pulumi
            .output(args)
            .apply(({ workloadNamespace, timeoutSeconds, ...mesh }): VerificationInput => ({
                kubeconfig: mesh.kubeconfig,
                context: mesh.context,
                rootCert: mesh.rootCertPem,
                caCert: mesh.caCertPem,
                crls: mesh.crlPem,
                trustDomain: mesh.trustDomain,
                workloads: workloadNamespace !== undefined,
                workloadNamespace,
                proxies: mesh.proxies,
                reissueMinutes: mesh.reissueMinutes,
                // Absent if it is empty, so that it makes no difference to what was verified without it.
                exclude: mesh.exclude?.length ? mesh.exclude : undefined,
                limitSeconds: timeoutSeconds ?? 180,
            }));
        const verify = `${runProgram("verify/main")} --input - --summary`;
        const command = hostCommand(
            `${name}-handshakes`,
            {
                create: verify,
                update: verify,
                stdin: pulumi.jsonStringify(input),
                environment: { CLUSTER_UID: args.clusterUid ?? "" },
                logging: "stderr",
            },
            { parent: this },
        );
        // Absent if `up --target` leaves the Command out before its first run.
        this.summary = command.stdout.apply(
            (summary?: string) => (summary && JSON.parse(summary)) as Summary,
        );
        this.registerOutputs({ summary: this.summary });
    }
}

import * as pulumi from "@pulumi/pulumi";
import type { ReloadInput } from "../verify/istiodReload";
import { CaPemArgs, filesOf } from "./caPems";
import { hostCommand } from "./hostCommand";
import { runProgram } from "./scripts";

/** Arguments of {@link IstiodReload}. */
export interface IstiodReloadArgs extends CaPemArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. */
    namespace: pulumi.Input<string>;
}

/**
 * Makes istiod read a changed `cacerts` at once, and waits until it serves what is in it. No pod restarts, except an istiod
 * that started without `cacerts`: it has a CA of its own and does not look again.
 */
export class IstiodReload extends pulumi.ComponentResource {
    constructor(name: string, args: IstiodReloadArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IstiodReload", name, args, opts);
        const reload = runProgram("verify/reload");
        const { clusterUid = "", caCertPem, certChainPem, rootCertPem, crlPem, ...where } = args;
        const input = pulumi
            .all([where, { caCertPem, certChainPem, rootCertPem, crlPem }])
            .apply(([where, pems]): ReloadInput => ({ ...where, files: filesOf(pems) }));
        hostCommand(
            `${name}-annotate`,
            {
                create: reload,
                update: reload,
                stdin: pulumi.jsonStringify(input),
                environment: { CLUSTER_UID: clusterUid },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

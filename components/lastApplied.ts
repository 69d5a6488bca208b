import * as pulumi from "@pulumi/pulumi";
import { hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** Arguments of {@link LastApplied}. */
export interface LastAppliedArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, none is told apart. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. */
    namespace: pulumi.Input<string>;
}

/**
 * Removes what `kubectl apply` left of somebody's `cacerts` in an annotation, the key in base64: whoever takes the Secret over
 * would write it, with the rest of its metadata, to Pulumi's state in the clear.
 */
export class LastApplied extends pulumi.ComponentResource {
    constructor(name: string, args: LastAppliedArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:LastApplied", name, args, opts);
        const remove = runScript("cacerts-last-applied.sh");
        hostCommand(
            `${name}-remove`,
            {
                create: remove,
                update: remove,
                environment: {
                    KUBECONFIG: args.kubeconfig,
                    KUBE_CONTEXT: args.context,
                    CLUSTER_UID: args.clusterUid ?? "",
                    ISTIO_NAMESPACE: args.namespace,
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** Arguments of {@link IstiodReload}. */
export interface IstiodReloadArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, none is told apart. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. */
    namespace: pulumi.Input<string>;
    /** The public files of `cacerts` by name: when they change, istiod is to read them. */
    files: pulumi.Input<Record<string, string>>;
}

/**
 * Lets istiod read a changed `cacerts` at once. The kubelet brings a Secret's change to the pods that mount it within a
 * minute or so; a change of the pod itself, such as an annotation, makes it look now. No pod restarts, but an istiod that began
 * without `cacerts`: it has a CA of its own and does not look again.
 */
export class IstiodReload extends pulumi.ComponentResource {
    constructor(name: string, args: IstiodReloadArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IstiodReload", name, args, opts);
        const reload = runScript("istiod-reload.sh");
        hostCommand(
            `${name}-annotate`,
            {
                create: reload,
                update: reload,
                environment: {
                    KUBECONFIG: args.kubeconfig,
                    KUBE_CONTEXT: args.context,
                    CLUSTER_UID: args.clusterUid ?? "",
                    ISTIO_NAMESPACE: args.namespace,
                    CACERTS: pulumi.output(args.files).apply(digest),
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

function digest(files: Record<string, string>): string {
    return createHash("sha256")
        .update(JSON.stringify(Object.entries(files).sort()))
        .digest("hex");
}

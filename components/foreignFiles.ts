import * as pulumi from "@pulumi/pulumi";
import { caKeyFile } from "../pki/bundle";
import { hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** Arguments of {@link ForeignFiles}. */
export interface ForeignFilesArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, none is told apart. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. */
    namespace: pulumi.Input<string>;
    /** The public files of `cacerts` by name: with the key they are all that stays. */
    files: pulumi.Input<Record<string, string>>;
}

/**
 * What somebody's `cacerts` holds besides the files that take its place, such as a tls.crt, which istiod would read first, or
 * the CRLs of another CA: it goes once those are there.
 */
export class ForeignFiles extends pulumi.ComponentResource {
    constructor(name: string, args: ForeignFilesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ForeignFiles", name, args, opts);
        const remove = runScript("cacerts-foreign-files.sh");
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
                    CACERTS_FILES: pulumi
                        .output(args.files)
                        .apply((files) => [...Object.keys(files), caKeyFile].sort().join(" ")),
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

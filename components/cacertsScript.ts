import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** A cluster whose `cacerts` a script changes. */
export interface CacertsScriptArgs {
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
 * Has a script of this folder remove something of a cluster's `cacerts`, once and whenever its environment changes.
 *
 * @param parent - the component that it is part of, whose name its own begins with
 * @param environment - what the script reads in addition to the cluster and Istio's namespace
 */
export function removeFromCacerts(
    parent: { name: string; resource: pulumi.Resource },
    script: string,
    { namespace, ...cluster }: CacertsScriptArgs,
    environment: Record<string, pulumi.Input<string>> = {},
): void {
    const remove = runScript(script);
    hostCommand(
        `${parent.name}-remove`,
        {
            create: remove,
            update: remove,
            environment: { ...clusterEnvironment(cluster), ISTIO_NAMESPACE: namespace, ...environment },
        },
        { parent: parent.resource },
    );
}

import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { engineSecrets } from "./engineSecrets";

/** Arguments of {@link hostCommand}. */
type HostCommandArgs = Omit<local.CommandArgs, "environment"> & {
    environment?: Record<string, pulumi.Input<string>>;
};

/**
 * A command on the machine that runs Pulumi. It prints nothing unless `logging` says so, and its environment holds none of the
 * stack's secrets but those in `environment`: @pulumi/command would pass on the engine's own, which has every secret setting in
 * the clear.
 */
export function hostCommand(
    name: string,
    { environment, ...args }: HostCommandArgs,
    opts: pulumi.CustomResourceOptions,
): local.Command {
    const withheld = Object.fromEntries(engineSecrets.map((variable) => [variable, ""]));
    return new local.Command(
        name,
        {
            logging: "none",
            addPreviousOutputInEnv: false,
            ...args,
            environment: { ...environment, ...withheld },
        },
        opts,
    );
}

/** By which environment a script reaches a cluster, and runs again in another one. */
export function clusterEnvironment({
    kubeconfig,
    context,
    clusterUid = "",
}: {
    kubeconfig: pulumi.Input<string>;
    context: pulumi.Input<string>;
    clusterUid?: pulumi.Input<string> | undefined;
}): Record<string, pulumi.Input<string>> {
    return { KUBECONFIG: kubeconfig, KUBE_CONTEXT: context, CLUSTER_UID: clusterUid };
}

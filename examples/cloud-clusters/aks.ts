import * as pulumi from "@pulumi/pulumi";

/**
 * The kubeconfig of an AKS cluster, which @pulumi/azure-native gives in base64. Unless the cluster uses Entra ID, it holds a
 * client's key, so its stack exports it as a secret:
 *
 *     const credentials = containerservice.listManagedClusterUserCredentialsOutput({ resourceGroupName, resourceName: cluster.name });
 *     export const kubeconfig = pulumi.secret(credentials.kubeconfigs[0].value);
 */
export function aksKubeconfig(stack: pulumi.StackReference): pulumi.Output<string> {
    const kubeconfig = stack.requireOutput("kubeconfig") as pulumi.Output<string>;
    return kubeconfig.apply((text) => Buffer.from(text, "base64").toString());
}

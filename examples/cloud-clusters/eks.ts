import * as pulumi from "@pulumi/pulumi";

/**
 * The kubeconfig of an EKS cluster. Its stack exports what @pulumi/eks makes, which holds no credentials: the AWS CLI gets a
 * token.
 *
 *     const cluster = new eks.Cluster("cluster1");
 *     export const kubeconfig = cluster.kubeconfigJson;
 */
export function eksKubeconfig(stack: pulumi.StackReference): pulumi.Output<string> {
    return stack.requireOutput("kubeconfig") as pulumi.Output<string>;
}

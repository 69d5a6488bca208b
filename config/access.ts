import { ClusterAccess } from "./meshSettings";
import { ConfigReader, expandHome } from "./reader";

/**
 * How the stack's cluster is reached.
 *
 * @param otherwise - what the user may do instead of naming a context
 */
export function readAccess(reader: ConfigReader, otherwise: string): ClusterAccess {
    const context = reader.text("context") ?? "";
    if (context === "") {
        const remedy = `name the context of the cluster, see \`kubectl config get-contexts\`, or ${otherwise}`;
        reader.fault("context", undefined, "a context of the kubeconfig", remedy);
    }
    return {
        kubeconfig: expandHome(reader.text("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        context,
    };
}

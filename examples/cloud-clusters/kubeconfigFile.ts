import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** Where a cluster is, as the components and the Kubernetes provider take it. */
interface ClusterAccess {
    /** The path of the kubeconfig, the same on every machine. */
    kubeconfig: pulumi.Output<string>;
    context: pulumi.Output<string>;
}

/**
 * Writes a kubeconfig to a file that only you can read, for istioctl, kubectl and the provider. The state holds its path alone,
 * so credentials in it stay out of this stack.
 */
export function kubeconfigFile(cluster: string, kubeconfig: pulumi.Output<string>): ClusterAccess {
    const written = kubeconfig.apply((text) => {
        const file = path.join("kubeconfigs", `${cluster}.yaml`);
        fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
        fs.rmSync(file, { force: true });
        fs.writeFileSync(file, text, { mode: 0o600 });
        const { "current-context": context } = parse(text) as { "current-context": string };
        return { kubeconfig: file, context };
    });
    const { kubeconfig: file, context } = pulumi.unsecret(written);
    return { kubeconfig: file, context };
}

import * as pulumi from "@pulumi/pulumi";
import { probeClient, probeName } from "../verify/probeNames";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** Arguments of {@link ApiServerCheck}. */
export interface ApiServerCheckArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context of the cluster that asks. */
    context: pulumi.Input<string>;
    /** The UID of that cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** The namespace of that cluster's MeshProbe. */
    namespace: pulumi.Input<string>;
    /** The name of the cluster that is asked. */
    cluster: string;
    /** The URL of its API server. */
    server: pulumi.Input<string>;
    /** The certificates that verify its API server, PEM. */
    caPem: pulumi.Input<string>;
}

/** The proof that one cluster's pods reach the API server of another at an address, before a Secret sends istiod there. */
export class ApiServerCheck extends pulumi.ComponentResource {
    constructor(name: string, args: ApiServerCheckArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ApiServerCheck", name, args, opts);
        const check = runScript("api-server-reachable.sh");
        hostCommand(
            `${name}-reachable`,
            {
                create: check,
                update: check,
                environment: {
                    ...clusterEnvironment(args),
                    NAMESPACE: args.namespace,
                    DEPLOYMENT: probeName,
                    CONTAINER: probeClient,
                    REMOTE: args.cluster,
                    API_SERVER: args.server,
                    API_SERVER_CA: args.caPem,
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

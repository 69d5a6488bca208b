import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { runScript } from "./scripts";

/** Arguments of {@link IstioLeftovers}. */
export interface IstioLeftoversArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
}

/**
 * What `istioctl uninstall --purge` leaves behind: nothing to create, swept when it is deleted. To be swept after the
 * uninstall, the IstioInstall depends on it; it needs nothing itself, so Istio's namespace goes at the same time.
 */
export class IstioLeftovers extends pulumi.ComponentResource {
    constructor(name: string, args: IstioLeftoversArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IstioLeftovers", name, args, opts);
        new local.Command(
            `${name}-sweep`,
            {
                delete: runScript("istio-sweep.sh"),
                environment: { KUBECONFIG: args.kubeconfig, KUBE_CONTEXT: args.context },
                logging: "none",
                addPreviousOutputInEnv: false,
            },
            { parent: this, customTimeouts: { delete: "10m" } },
        );
        this.registerOutputs({});
    }
}

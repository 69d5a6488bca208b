import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** Arguments of {@link IstioLeftovers}. */
export interface IstioLeftoversArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. Default: istio-system. */
    namespace?: pulumi.Input<string>;
    /** Whether its deletion sweeps; false if Istio existed before. Default: true. */
    sweep?: boolean;
}

/**
 * What `istioctl uninstall` leaves behind. Made before the IstioInstall, which depends on it, it notes what of Istio is there
 * already; deleted after the uninstall, it sweeps what was not, and nothing that another Istio uses. It needs nothing itself,
 * so Istio's namespace goes at the same time.
 */
export class IstioLeftovers extends pulumi.ComponentResource {
    /** What of Istio was there before, as `kind/name`, one a line. */
    readonly present: pulumi.Output<string>;

    constructor(name: string, args: IstioLeftoversArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IstioLeftovers", name, args, opts);
        const { stdout } = hostCommand(
            `${name}-sweep`,
            {
                create: runScript("istio-present.sh"),
                update: `${runScript("istio-present.sh")} again`,
                ...((args.sweep ?? true) && { delete: runScript("istio-sweep.sh") }),
                environment: {
                    ...clusterEnvironment(args),
                    ISTIO_NAMESPACE: args.namespace ?? "istio-system",
                },
                // What was noted.
                addPreviousOutputInEnv: true,
            },
            { parent: this, customTimeouts: { delete: "10m" } },
        );
        this.present = stdout;
        this.registerOutputs({ present: this.present });
    }
}

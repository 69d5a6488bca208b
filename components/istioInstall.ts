import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import * as semver from "semver";
import { crlConfigMapName, crlMountPath } from "../pki/caFiles";
import { changeableTrust } from "../pki/changeableTrust";
import { defaultTrustDomain } from "../pki/profile";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/**
 * The oldest istioctl we install with. From 1.30 on istiod compares the roots of a reloaded `cacerts` by their DER;
 * before, it compared bytes and would drop every renewal whose root-cert.pem differs in a comment.
 */
export const oldestIstio = "1.30.0";

/** What holds them. */
const crlVolume = [{ name: crlConfigMapName, configMapName: crlConfigMapName, mountPath: crlMountPath }];

/** Istio gives the CRLs to its sidecars but not to its gateways, which would accept a revoked CA. */
const gatewaysWithCrls = {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: {
        values: {
            gateways: {
                "istio-ingressgateway": { configVolumes: crlVolume },
                "istio-egressgateway": { configVolumes: crlVolume },
            },
        },
    },
};

/** What a cluster is in a mesh of several clusters. */
export interface MulticlusterArgs {
    /** The mesh's name, the same in all of its clusters. */
    meshId: pulumi.Input<string>;
    /** The cluster's name, by which the Secrets of other clusters name it. */
    clusterName: pulumi.Input<string>;
    /** The cluster's network. */
    network: pulumi.Input<string>;
}

/** Arguments of {@link IstioInstall}. */
export interface IstioInstallArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace, which exists already. */
    namespace: pulumi.Input<string>;
    /** Istio's installation profile. Default: demo. */
    profile?: pulumi.Input<string>;
    /** The mesh's trust domain. Default: cluster.local. */
    trustDomain?: pulumi.Input<string>;
    /**
     * In how many minutes the proxies pick up a renewed intermediate by themselves: they ask for certificates of twice that
     * lifetime, and renew them at 30 to 50 percent of it, each at a time of its own. Default: Istio's own, 24 hours.
     */
    reissueMinutes?: pulumi.Input<number | undefined>;
    /** What the cluster is in a mesh of several. Default: the mesh is of this cluster alone. */
    multicluster?: pulumi.Input<MulticlusterArgs | undefined>;
    /**
     * Further values for `istioctl install --set`, each as path=value. Those that let the trust change in a running
     * mesh, ISTIO_MULTIROOT_MESH and PROXY_CONFIG_XDS_AGENT, are set beforehand. Default: none.
     */
    set?: pulumi.Input<string[]>;
    /** What of Istio existed before, which its deletion leaves: IstioLeftovers notes it. Default: nothing. */
    present?: pulumi.Input<string>;
    /** Whether its deletion uninstalls Istio; false if Istio existed before. Default: true. */
    uninstall?: boolean;
    /**
     * The text of an IstioOperator file for `istioctl install -f`. A gateway whose configVolumes it sets needs the ConfigMap
     * istio-ca-crl among them, or it checks no CRLs. Default: none.
     */
    operator?: pulumi.Input<string>;
}

/**
 * Istio by `istioctl install`. The version of istioctl is among the inputs, so a newer istioctl shows in the preview
 * as an update. Without Secret `cacerts` nothing is installed: istiod would generate a CA of its own. Its deletion is `istioctl
 * uninstall`, of this Istio alone if there are others; what that leaves is IstioLeftovers' part.
 */
export class IstioInstall extends pulumi.ComponentResource {
    /** The version that was installed. What is made from it waits for the installation. */
    readonly version: pulumi.Output<string>;

    constructor(name: string, args: IstioInstallArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IstioInstall", name, args, opts);
        const install = runScript("istio-install.sh");
        const version = pulumi.output(this.checkedVersion());
        const command = hostCommand(
            `${name}-istioctl`,
            {
                create: install,
                update: install,
                ...((args.uninstall ?? true) && { delete: runScript("istio-uninstall.sh") }),
                environment: {
                    ...clusterEnvironment(args),
                    ISTIO_NAMESPACE: args.namespace,
                    ISTIO_VERSION: version,
                    ISTIO_PROFILE: args.profile ?? "demo",
                    ISTIO_SET: pulumi
                        .all([args.trustDomain, args.reissueMinutes, args.set, args.multicluster])
                        .apply(([domain, minutes, set = [], multicluster]) =>
                            [
                                // From the first install on, because switching them on later restarts everything.
                                ...Object.values(changeableTrust),
                                ...trustDomain(domain),
                                ...reissue(minutes),
                                ...memberOf(multicluster),
                                ...set,
                            ].join("\n"),
                        ),
                    ISTIO_DEFAULTS: JSON.stringify(gatewaysWithCrls),
                    ISTIO_OPERATOR: args.operator ?? "",
                    ISTIO_PRESENT: args.present ?? "",
                },
            },
            { parent: this, customTimeouts: { create: "15m", update: "15m", delete: "10m" } },
        );
        // Known at preview, and still something that others can wait for.
        this.version = command.urn.apply(() => version);
        this.registerOutputs({ version: this.version });
    }

    private async checkedVersion(): Promise<string> {
        const found = await istioctlVersion();
        if (found instanceof Error || !semver.gte(found, oldestIstio)) {
            const what =
                found instanceof Error ? `istioctl cannot be run (${found.message})` : `istioctl is ${found}`;
            const remedy = `Put one of version ${oldestIstio} or newer on PATH: https://istio.io/latest/docs/setup/getting-started/`;
            throw new pulumi.ResourceError(`${what}. ${remedy}`, this, true);
        }
        return found;
    }
}

/** Nothing if it is Istio's default, so that what is set stays short. */
function trustDomain(name: string | undefined): string[] {
    return name === undefined || name === defaultTrustDomain ? [] : [`meshConfig.trustDomain=${name}`];
}

/** As istio.io, Install Multicluster, has it. */
function memberOf(cluster: pulumi.Unwrap<MulticlusterArgs> | undefined): string[] {
    return cluster === undefined
        ? []
        : [
              `values.global.meshID=${cluster.meshId}`,
              `values.global.multiCluster.clusterName=${cluster.clusterName}`,
              `values.global.network=${cluster.network}`,
          ];
}

/** The version of the istioctl on PATH, or why there is none. */
async function istioctlVersion(): Promise<string | Error> {
    try {
        const { stdout } = await promisify(execFile)("istioctl", [
            "version",
            "--remote=false",
            "--output=json",
        ]);
        const { clientVersion } = JSON.parse(stdout) as { clientVersion: { version: string } };
        const version = semver.coerce(clientVersion.version)?.version;
        return version ?? new Error(`its version ${clientVersion.version} is none`);
    } catch (error) {
        return error as Error;
    }
}

/** istio pilot/cmd/pilot-agent/options: a certificate is renewed when ratio plus or minus jitter of its lifetime is left. */
function reissue(minutes: number | undefined): string[] {
    const metadata = {
        SECRET_TTL: `${2 * minutes!}m`,
        SECRET_GRACE_PERIOD_RATIO: 0.6,
        SECRET_GRACE_PERIOD_RATIO_JITTER: 0.1,
    };
    return minutes === undefined
        ? []
        : Object.entries(metadata).map(
              ([key, value]) => `meshConfig.defaultConfig.proxyMetadata.${key}=${value}`,
          );
}

import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { pemArgs } from "../components/caPems";
import { ConnectionLimit } from "../components/connectionLimit";
import { EastWestGateway } from "../components/eastWestGateway";
import { ExpiryAlerts } from "../components/expiryAlerts";
import { IstiodReload } from "../components/istiodReload";
import { IstioInstall } from "../components/istioInstall";
import { IstioLeftovers } from "../components/istioLeftovers";
import { MeshVerification } from "../components/meshVerification";
import { SampleWorkloads } from "../components/sampleWorkloads";
import { IstioMode, MeshSettings } from "../config/meshSettings";
import { PublicFiles } from "../pki/caFiles";
import { MeshIdentity } from "./meshIdentity";
import { Exported, Multicluster } from "./outputs";
import { Access, PluggedInCa, plugIn, providerArgs, takeOver } from "./pluggedInCa";

/** What a mesh reports: the version of Istio, what it is in a mesh of several clusters, and what the verification saw. */
export interface MeshOutputs {
    istioMode: IstioMode;
    mesh?: MeshIdentity;
    istio?: pulumi.Output<string>;
    multicluster?: Exported<Multicluster>;
    verification?: pulumi.Output<unknown>;
}

/**
 * One cluster's mesh under its CA: cacerts -> Istio -> workloads and their verification.
 *
 * @param identity - which cluster it is in; undefined if a first preview cannot reach it
 */
export function mesh(
    cluster: string,
    ca: PluggedInCa,
    settings: MeshSettings,
    identity: MeshIdentity | undefined,
): MeshOutputs {
    const { trustDomain, workloads, verification, multicluster } = settings;
    const network = multicluster?.network;
    const { mode, reissueMinutes } = settings.istio;
    const access: Access = { ...settings.access, clusterUid: identity?.uid ?? "" };
    const { files, renewFrom } = ca;
    const pems = pemArgs(files);
    const { caCertPem, rootCertPem, crlPem } = pems;
    const opts = accepted(files);
    const provider = ca.provider ?? new Provider(cluster, providerArgs(cluster, access), opts);
    const { secret, written } =
        mode === "install"
            ? plugIn(ca, provider, { trustDomain, network })
            : takeOver({ cluster, access, opts }, ca, { trustDomain, network });
    const { namespace } = secret;
    const leftovers =
        mode === "external"
            ? undefined
            : new IstioLeftovers("istio-leftovers", { ...access, sweep: mode === "install" }, opts);
    const istio = leftovers && install({ cluster, access, namespace, leftovers }, written, settings);
    const reload = new IstiodReload(
        "istiod-reload",
        { ...access, namespace, ...pems },
        { dependsOn: istio ? [...written, istio] : written },
    );
    const gateway =
        multicluster?.gateway &&
        new EastWestGateway(
            "eastwest-gateway",
            { network: multicluster.network, namespace },
            { provider, dependsOn: istio ? [...written, istio] : written },
        );
    if (workloads.maxConnectionMinutes > 0) {
        const minutes = workloads.maxConnectionMinutes;
        new ConnectionLimit("connection-limit", { namespace, minutes }, { provider, dependsOn: istio });
    }
    const samples = workloads.samples
        ? new SampleWorkloads(
              "samples",
              { istio: istio?.version, injection: workloads.injection, ...access },
              { provider },
          )
        : undefined;
    if (settings.alerts) {
        const workloadCertHours = reissueMinutes && { workloadCertHours: (2 * reissueMinutes) / 60 };
        new ExpiryAlerts(
            "expiry-alerts",
            { cluster, ...settings.alerts, caCertPem, rootCertPem, renewFrom, ...workloadCertHours },
            { provider, dependsOn: istio },
        );
    }
    const installed = {
        istioMode: mode,
        ...(identity && { mesh: identity }),
        ...(istio && { istio: istio.version }),
        ...(multicluster && {
            multicluster: {
                meshId: multicluster.meshId,
                network: multicluster.network,
                trustDomain,
                ...(reissueMinutes && { reissueMinutes }),
                ...(gateway && { gateway: gateway.addresses }),
            },
        }),
    };
    if (!verification.enabled) {
        return installed;
    }
    // It waits for the workloads itself, with a limit, and so it loads while they start.
    const { summary } = new MeshVerification(
        "verification",
        {
            ...access,
            caCertPem,
            rootCertPem,
            crlPem,
            trustDomain,
            workloadNamespace: samples?.namespace,
            reissueMinutes,
            // Those of a mesh that migrates may need a restart, which is up to `npm run migrate`.
            proxies: settings.previousCa === undefined,
            exclude: verification.exclude,
            timeoutSeconds: verification.timeoutSeconds,
        },
        { dependsOn: reload },
    );
    return { ...installed, verification: summary };
}

/** Makes resources wait for files that a guard may still refuse: if it does, none of them is created. */
function accepted(files: pulumi.Output<PublicFiles>): { dependsOn: pulumi.Output<pulumi.Resource[]> } {
    return { dependsOn: files.apply(() => []) };
}

/** Where Istio is installed, and what notes what was there before. */
interface InstallContext {
    cluster: string;
    access: Access;
    namespace: pulumi.Output<string>;
    leftovers: IstioLeftovers;
}

/** An Istio that was there before stays, with all that is Istio's. */
function install(
    { cluster, access, namespace, leftovers }: InstallContext,
    written: pulumi.Resource[],
    settings: MeshSettings,
): IstioInstall {
    const { mode, ...istio } = settings.istio;
    const { multicluster } = settings;
    const ours = mode === "install";
    return new IstioInstall(
        "istio",
        {
            ...access,
            namespace,
            uninstall: ours,
            present: leftovers.present,
            trustDomain: settings.trustDomain,
            ...(multicluster && {
                multicluster: {
                    meshId: multicluster.meshId,
                    clusterName: cluster,
                    network: multicluster.network,
                },
            }),
            ...istio,
        },
        { dependsOn: [...written, leftovers] },
    );
}

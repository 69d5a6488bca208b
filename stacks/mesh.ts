import { Secret } from "@pulumi/kubernetes/core/v1";
import { Provider, ProviderArgs } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CaCertsSecret } from "../components/caCertsSecret";
import { ConnectionLimit } from "../components/connectionLimit";
import { ExpiryAlerts } from "../components/expiryAlerts";
import { ForeignFiles } from "../components/foreignFiles";
import { IstiodReload } from "../components/istiodReload";
import { IstioInstall } from "../components/istioInstall";
import { IstioLeftovers } from "../components/istioLeftovers";
import { LastApplied } from "../components/lastApplied";
import { MeshVerification } from "../components/meshVerification";
import { SampleWorkloads } from "../components/sampleWorkloads";
import { IstioMode, MeshSettings } from "../config/settings";
import { PublicFiles } from "../pki/bundle";
import { CaFiles } from "../pki/caFiles";
import { keptSecretName } from "../pki/formerCa";
import { MeshIdentity } from "./meshIdentity";

const istioNamespace = "istio-system";

/** What a mesh tells of itself: the version of Istio, and what the verification saw. */
export interface MeshOutputs {
    istioMode: IstioMode;
    mesh?: MeshIdentity;
    istio?: pulumi.Output<string>;
    verification?: pulumi.Output<unknown>;
}

/** The CA to plug in. */
export interface PluggedInCa {
    files: pulumi.Output<PublicFiles>;
    /** Secret. */
    privateKeyPem: pulumi.Output<string>;
    /** From when on somebody renews it, ISO 8601; undefined where nobody is known to. */
    renewFrom?: pulumi.Input<string | undefined>;
    /** The files of somebody's `cacerts`, its key among them, that are to be kept in a Secret of their own. */
    keep?: CaFiles;
}

/**
 * One cluster's mesh under its CA: cacerts -> Istio -> workloads and their verification.
 *
 * @param identity - which cluster it is in; undefined where a first preview cannot reach it
 */
export function mesh(
    cluster: string,
    ca: PluggedInCa,
    settings: MeshSettings,
    identity: MeshIdentity | undefined,
): MeshOutputs {
    const { trustDomain, reissueMinutes } = settings;
    const access: Access = {
        kubeconfig: settings.kubeconfig,
        context: settings.context,
        clusterUid: identity?.uid ?? "",
    };
    const provider = new Provider(cluster, providerArgs(cluster, access));
    const { files, renewFrom } = ca;
    const { secret, written } =
        settings.istio === "install"
            ? plugIn(ca, provider, settings)
            : takeOver({ cluster, access }, ca, settings);
    const { namespace } = secret;
    const istio = settings.istio === "external" ? undefined : install(access, namespace, written, settings);
    const reload = new IstiodReload(
        "istiod-reload",
        { ...access, namespace, files },
        { dependsOn: istio ? [...written, istio] : written },
    );
    if (settings.maxConnectionMinutes > 0) {
        const minutes = settings.maxConnectionMinutes;
        new ConnectionLimit("connection-limit", { namespace, minutes }, { provider, dependsOn: istio });
    }
    const workloads = settings.workloads
        ? new SampleWorkloads(
              "samples",
              { istio: istio?.version, injection: settings.injection, ...access },
              { provider },
          )
        : undefined;
    if (settings.alerts) {
        const workloadCertHours = reissueMinutes && { workloadCertHours: (2 * reissueMinutes) / 60 };
        new ExpiryAlerts(
            "expiry-alerts",
            { cluster, ...settings.alerts, files, renewFrom, ...workloadCertHours },
            { provider, dependsOn: istio },
        );
    }
    const installed = {
        istioMode: settings.istio,
        ...(identity && { mesh: identity }),
        ...(istio && { istio: istio.version }),
    };
    if (!settings.verification) {
        return installed;
    }
    // It waits for the workloads itself, with a limit, and so it loads while they start.
    const verification = new MeshVerification(
        "verification",
        {
            ...access,
            files,
            trustDomain,
            workloadNamespace: workloads?.namespace,
            reissueMinutes,
            // Those of a mesh that moves may need a restart, which is not this program's to make.
            proxies: settings.former === undefined,
            timeoutSeconds: settings.verificationTimeoutSeconds,
        },
        { dependsOn: reload },
    );
    return { ...installed, verification: verification.summary };
}

/** How the mesh's cluster is reached, and which it is; the UID is empty where it is not known yet. */
interface Access {
    kubeconfig: string;
    context: string;
    clusterUid: string;
}

/**
 * Without an identifier of its own a provider takes another address for another cluster, and Pulumi deletes everything in the
 * one to make it in the other. Which cluster it is, is judged before.
 */
function providerArgs(cluster: string, { kubeconfig, context }: Access): ProviderArgs {
    return { kubeconfig, context, clusterIdentifier: cluster, enableSecretMutable: true };
}

/** `cacerts`, and what is to be there before istiod reads it. */
interface WrittenSecret {
    secret: CaCertsSecret;
    written: pulumi.Resource[];
}

function plugIn(ca: PluggedInCa, provider: Provider, { trustDomain }: MeshSettings): WrittenSecret {
    const { files, privateKeyPem } = ca;
    const secret = new CaCertsSecret("cacerts", { files, privateKeyPem, trustDomain }, { provider });
    return { secret, written: [secret] };
}

/**
 * In a namespace, and perhaps in place of a Secret, that were there before. They outlive this stack: without `cacerts` an istiod
 * that goes on makes a CA of its own at its next start.
 */
function takeOver(
    { cluster, access }: { cluster: string; access: Access },
    { files, privateKeyPem, keep }: PluggedInCa,
    { trustDomain }: MeshSettings,
): WrittenSecret {
    const applied = new LastApplied("last-applied", { ...access, namespace: istioNamespace });
    const provider = new Provider(`${cluster}-existing`, {
        ...providerArgs(cluster, access),
        upsertExistingObjects: true,
    });
    const kept = keep && keptCa(keep, provider, applied);
    const secret = new CaCertsSecret(
        "cacerts",
        { files, privateKeyPem, trustDomain, createNamespace: false },
        { provider, dependsOn: kept ? [applied, kept] : applied, retainOnDelete: true },
    );
    const { namespace } = secret;
    const foreign = new ForeignFiles("foreign-files", { ...access, namespace, files }, { dependsOn: secret });
    return { secret, written: [secret, foreign] };
}

/** The only copy of somebody's key: nothing that this stack does deletes it. */
function keptCa(files: CaFiles, provider: Provider, applied: LastApplied): Secret {
    const metadata = { name: keptSecretName, namespace: istioNamespace };
    const stringData = pulumi.secret(files as Record<string, string>);
    return new Secret(
        "former-ca",
        { metadata, stringData },
        { provider, dependsOn: applied, retainOnDelete: true, additionalSecretOutputs: ["metadata"] },
    );
}

/** An Istio that was there before stays, with all that is Istio's. */
function install(
    access: Access,
    namespace: pulumi.Output<string>,
    written: pulumi.Resource[],
    settings: MeshSettings,
): IstioInstall {
    const ours = settings.istio === "install";
    const leftovers = new IstioLeftovers("istio-leftovers", { ...access, sweep: ours });
    return new IstioInstall(
        "istio",
        {
            ...access,
            namespace,
            uninstall: ours,
            trustDomain: settings.trustDomain,
            profile: settings.istioProfile,
            set: settings.istioSet,
            operator: settings.istioOperator,
            reissueMinutes: settings.reissueMinutes,
        },
        { dependsOn: [...written, leftovers] },
    );
}

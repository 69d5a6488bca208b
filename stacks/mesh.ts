import { Secret } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CaCertsSecret } from "../components/caCertsSecret";
import { ConnectionLimit } from "../components/connectionLimit";
import { ExpiryAlerts } from "../components/expiryAlerts";
import { ForeignFiles } from "../components/foreignFiles";
import { IstiodReload } from "../components/istiodReload";
import { IstioInstall } from "../components/istioInstall";
import { IstioLeftovers } from "../components/istioLeftovers";
import { MeshVerification } from "../components/meshVerification";
import { SampleWorkloads } from "../components/sampleWorkloads";
import { IstioMode, MeshSettings } from "../config/settings";
import { PublicFiles } from "../pki/bundle";
import { CaFiles } from "../pki/caFiles";
import { keptSecretName } from "../pki/formerCa";

/** What a mesh tells of itself: the version of Istio, and what the verification saw. */
export interface MeshOutputs {
    istioMode: IstioMode;
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

/** One cluster's mesh under its CA: cacerts -> Istio -> workloads and their verification. */
export function mesh(cluster: string, ca: PluggedInCa, settings: MeshSettings): MeshOutputs {
    const { kubeconfig, context, trustDomain, reissueMinutes } = settings;
    const { files, renewFrom } = ca;
    const opts = accepted(files);
    const provider = new Provider(cluster, { kubeconfig, context, enableSecretMutable: true }, opts);
    const { secret, written } =
        settings.istio === "install" ? plugIn(ca, provider, settings) : takeOver(cluster, ca, settings);
    const { namespace } = secret;
    const leftovers =
        settings.istio === "external"
            ? undefined
            : new IstioLeftovers("istio-leftovers", { kubeconfig, context }, opts);
    const istio = leftovers && install(namespace, [...written, leftovers], settings);
    const reload = new IstiodReload(
        "istiod-reload",
        { kubeconfig, context, namespace, files },
        { dependsOn: istio ? [...written, istio] : written },
    );
    if (settings.maxConnectionMinutes > 0) {
        const minutes = settings.maxConnectionMinutes;
        new ConnectionLimit("connection-limit", { namespace, minutes }, { provider, dependsOn: istio });
    }
    const workloads = settings.workloads
        ? new SampleWorkloads(
              "samples",
              { istio: istio?.version, injection: settings.injection, kubeconfig, context },
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
    const installed = { istioMode: settings.istio, ...(istio && { istio: istio.version }) };
    if (!settings.verification) {
        return installed;
    }
    // It waits for the workloads itself, with a limit, and so it loads while they start.
    const verification = new MeshVerification(
        "verification",
        {
            kubeconfig,
            context,
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

/** Makes resources wait for files that a guard may still refuse: where it does, none of them is made. */
function accepted(files: pulumi.Output<PublicFiles>): { dependsOn: pulumi.Output<pulumi.Resource[]> } {
    return { dependsOn: files.apply(() => []) };
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

/** In a namespace, and perhaps in place of a Secret, that were there before: they outlive an Istio that is not this stack's. */
function takeOver(
    cluster: string,
    { files, privateKeyPem, keep }: PluggedInCa,
    { kubeconfig, context, trustDomain, istio }: MeshSettings,
): WrittenSecret {
    const access = { kubeconfig, context, enableSecretMutable: true, upsertExistingObjects: true };
    const provider = new Provider(`${cluster}-existing`, access, accepted(files));
    const kept = keep && keptCa(keep, provider);
    const secret = new CaCertsSecret(
        "cacerts",
        { files, privateKeyPem, trustDomain, createNamespace: false },
        { provider, dependsOn: kept, retainOnDelete: istio === "external" },
    );
    const { namespace } = secret;
    const foreign = new ForeignFiles(
        "foreign-files",
        { kubeconfig, context, namespace, files },
        { dependsOn: secret },
    );
    return { secret, written: [secret, foreign] };
}

/** The only copy of somebody's key: nothing that this stack does deletes it. */
function keptCa(files: CaFiles, provider: Provider): Secret {
    const metadata = { name: keptSecretName, namespace: "istio-system" };
    const stringData = pulumi.secret(files as Record<string, string>);
    return new Secret("former-ca", { metadata, stringData }, { provider, retainOnDelete: true });
}

function install(
    namespace: pulumi.Output<string>,
    dependsOn: pulumi.Resource[],
    settings: MeshSettings,
): IstioInstall {
    const { kubeconfig, context, trustDomain } = settings;
    return new IstioInstall(
        "istio",
        {
            kubeconfig,
            context,
            namespace,
            trustDomain,
            profile: settings.istioProfile,
            set: settings.istioSet,
            operator: settings.istioOperator,
            reissueMinutes: settings.reissueMinutes,
        },
        { dependsOn },
    );
}

import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CaCertsSecret } from "../components/caCertsSecret";
import { ConnectionLimit } from "../components/connectionLimit";
import { ExpiryAlerts } from "../components/expiryAlerts";
import { IstiodReload } from "../components/istiodReload";
import { IstioInstall } from "../components/istioInstall";
import { IstioLeftovers } from "../components/istioLeftovers";
import { MeshVerification } from "../components/meshVerification";
import { SampleWorkloads } from "../components/sampleWorkloads";
import { MeshSettings } from "../config/settings";
import { PublicFiles } from "../pki/bundle";

/** What a mesh tells of itself: the version of Istio, and what the verification saw. */
export interface MeshOutputs {
    istio: pulumi.Output<string>;
    verification?: pulumi.Output<unknown>;
}

/** The CA to plug in. */
export interface PluggedInCa {
    files: pulumi.Output<PublicFiles>;
    /** Secret. */
    privateKeyPem: pulumi.Output<string>;
    /** From when on somebody renews it, ISO 8601; undefined where nobody is known to. */
    renewFrom?: pulumi.Input<string | undefined>;
}

/** One cluster's mesh under its CA: cacerts -> Istio -> workloads and their verification. */
export function mesh(cluster: string, ca: PluggedInCa, settings: MeshSettings): MeshOutputs {
    const { kubeconfig, context, trustDomain, reissueMinutes } = settings;
    const provider = new Provider(cluster, { kubeconfig, context, enableSecretMutable: true });
    const { files, privateKeyPem, renewFrom } = ca;
    const secret = new CaCertsSecret("cacerts", { files, privateKeyPem, trustDomain }, { provider });
    const leftovers = new IstioLeftovers("istio-leftovers", { kubeconfig, context });
    const istio = new IstioInstall(
        "istio",
        {
            kubeconfig,
            context,
            namespace: secret.namespace,
            trustDomain,
            profile: settings.istioProfile,
            set: settings.istioSet,
            operator: settings.istioOperator,
            reissueMinutes,
        },
        { dependsOn: [secret, leftovers] },
    );
    const { namespace } = secret;
    const reload = new IstiodReload(
        "istiod-reload",
        { kubeconfig, context, namespace, files },
        { dependsOn: [secret, istio] },
    );
    if (settings.maxConnectionMinutes > 0) {
        const minutes = settings.maxConnectionMinutes;
        new ConnectionLimit("connection-limit", { namespace, minutes }, { provider, dependsOn: istio });
    }
    const workloads = settings.workloads
        ? new SampleWorkloads(
              "samples",
              { istio: istio.version, injection: settings.injection, kubeconfig, context },
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
    if (!settings.verification) {
        return { istio: istio.version };
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
            timeoutSeconds: settings.verificationTimeoutSeconds,
        },
        { dependsOn: reload },
    );
    return { istio: istio.version, verification: verification.summary };
}

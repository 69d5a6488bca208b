import { NamespacePatch, Secret } from "@pulumi/kubernetes/core/v1";
import { Provider, ProviderArgs } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CaCertsSecret, CaCertsSecretArgs } from "../components/caCertsSecret";
import { pemArgs } from "../components/caPems";
import { ForeignFiles } from "../components/foreignFiles";
import { LastApplied } from "../components/lastApplied";
import { networkLabel } from "../components/networkLabel";
import { PublicFiles } from "../pki/caFiles";
import { CaFiles } from "../pki/caFiles";
import { keptSecretName } from "../pki/previousCa";

const istioNamespace = "istio-system";

/** The CA to plug in. */
export interface PluggedInCa {
    files: pulumi.Output<PublicFiles>;
    /** Secret. Undefined if it is gone and `cacerts` is to stay as it is. */
    privateKeyPem: pulumi.Output<string> | undefined;
    /** The first moment at which somebody renews it, ISO 8601; undefined if nobody is known to. */
    renewFrom?: pulumi.Input<string | undefined>;
    /** The files of somebody's `cacerts`, its key among them, that are to be kept in a Secret of their own. */
    keep?: CaFiles;
    /** The provider of the mesh's cluster; default: made with the mesh. */
    provider?: Provider;
}

/** How the mesh's cluster is reached, and which it is; the UID is empty if it is not known yet. */
export interface Access {
    kubeconfig: string;
    context: string;
    clusterUid: string;
}

/**
 * Without an identifier of its own a provider takes another address for another cluster, and Pulumi deletes everything in the
 * one to make it in the other. Which cluster it is, is judged before.
 */
export function providerArgs(
    cluster: string,
    { kubeconfig, context }: Pick<Access, "kubeconfig" | "context">,
): ProviderArgs {
    return { kubeconfig, context, clusterIdentifier: cluster, enableSecretMutable: true };
}

/** `cacerts`, and what is to be there before istiod reads it. */
export interface WrittenSecret {
    secret: CaCertsSecret;
    written: pulumi.Resource[];
}

/** What of a mesh its `cacerts`, and the namespace around it, depend on. */
interface Mesh {
    trustDomain: string;
    /** The cluster's network; undefined if the mesh is of this cluster alone. */
    network: string | undefined;
}

/** In a namespace that is made with it. */
export function plugIn(ca: PluggedInCa, provider: Provider, { trustDomain, network }: Mesh): WrittenSecret {
    const { files, privateKeyPem, keep } = ca;
    const kept = keep && keptCa(keep, provider);
    const args = { ...pemArgs(files), ...keyOf(privateKeyPem), trustDomain, network };
    const secret = new CaCertsSecret("cacerts", args, { provider, dependsOn: kept });
    return { secret, written: [secret] };
}

/**
 * In a namespace, and perhaps in place of a Secret, that were there before. They outlive this stack: without `cacerts` an istiod
 * that continues to run generates a CA of its own at its next start.
 */
export function takeOver(
    { cluster, access, opts }: { cluster: string; access: Access; opts: pulumi.ResourceOptions },
    { files, privateKeyPem, keep }: PluggedInCa,
    { trustDomain, network }: Mesh,
): WrittenSecret {
    const applied = new LastApplied("last-applied", { ...access, namespace: istioNamespace }, opts);
    const existing = { ...providerArgs(cluster, access), upsertExistingObjects: true };
    const provider = new Provider(`${cluster}-existing`, existing, opts);
    const kept = keep && keptCa(keep, provider, applied);
    const pems = pemArgs(files);
    const secret = new CaCertsSecret(
        "cacerts",
        { ...pems, ...keyOf(privateKeyPem), trustDomain, createNamespace: false },
        { provider, dependsOn: kept ? [applied, kept] : applied, retainOnDelete: true },
    );
    const { namespace } = secret;
    const foreign = new ForeignFiles(
        "foreign-files",
        { ...access, namespace, crlPem: pems.crlPem },
        { dependsOn: secret },
    );
    const labelled =
        network === undefined
            ? []
            : [
                  new NamespacePatch(
                      "network",
                      { metadata: { name: namespace, labels: { [networkLabel]: network } } },
                      { provider, dependsOn: secret },
                  ),
              ];
    return { secret, written: [secret, foreign, ...labelled] };
}

function keyOf(
    privateKeyPem: PluggedInCa["privateKeyPem"],
): Pick<CaCertsSecretArgs, "privateKeyPem" | "keepFiles"> {
    return privateKeyPem === undefined ? { privateKeyPem: "", keepFiles: true } : { privateKeyPem };
}

/** The only copy of somebody's key: nothing that this stack does deletes it. */
function keptCa(files: CaFiles, provider: Provider, applied?: LastApplied): Secret {
    const metadata = { name: keptSecretName, namespace: istioNamespace };
    const stringData = pulumi.secret(files as Record<string, string>);
    return new Secret(
        "former-ca",
        { metadata, stringData },
        { provider, dependsOn: applied, retainOnDelete: true, additionalSecretOutputs: ["metadata"] },
    );
}

import * as fs from "node:fs";
import { V1Pod, V1Secret } from "@kubernetes/client-node";
import { parse } from "yaml";
import { CaBundle } from "../pki/caBundle";
import { CaCertificate } from "../pki/caCertificate";
import { caCertsSecretName, rootCertFile, secretFiles } from "../pki/caFiles";
import { chainTo } from "../pki/certificatePath";
import { changeableTrust, istiodFollows, proxyFollows } from "../pki/changeableTrust";
import { previousCa } from "../pki/previousCa";
import { readable } from "./apiError";
import { Cluster } from "./cluster";

const namespace = "istio-system";

/** What istiod keeps its self-signed CA in (istio security/pkg/pki/ca/ca.go). */
const selfSignedSecretName = "istio-ca-secret";

/** A mesh that runs in a cluster. */
export interface LiveMesh {
    /** The roots that istiod gives the workloads. */
    roots: CaCertificate[];
    /** The CA that signs; undefined if neither Secret holds one that leads to these roots. */
    ca: { secret: string; certificate: CaCertificate; root: CaCertificate } | undefined;
    /** Whether `cacerts` is of the type kubernetes.io/tls. */
    tlsForm: boolean;
    /** Of the flags that let its trust change while it runs, those that Istio was installed without. */
    missingFlags: string[];
}

/**
 * The mesh of a cluster as its workloads know it; undefined if there is none.
 *
 * @throws Unreachable if the cluster does not answer, or does not show what is asked for, saying which and why.
 */
export async function readLiveMesh(kubeconfig: string, context: string): Promise<LiveMesh | undefined> {
    if (!fs.existsSync(kubeconfig)) {
        return undefined;
    }
    const cluster = await Cluster.connect(kubeconfig, context);
    const { core } = cluster;
    const where = (name: string) => `${namespace}/${name} of context ${context}`;
    const configMap = (name: string) =>
        readable(`ConfigMap ${where(name)}`, core.readNamespacedConfigMap({ namespace, name }));
    const secret = (name: string) =>
        readable(`Secret ${where(name)}`, core.readNamespacedSecret({ namespace, name }));
    const [deployment, pods = [], trust, mesh] = await Promise.all([
        readable(`Deployment ${where("istiod")}`, cluster.deployment(namespace, "istiod")),
        readable(
            `the pods of istiod in namespace ${namespace} of context ${context}`,
            cluster.readyPods(namespace, { app: "istiod" }),
        ),
        configMap("istio-ca-root-cert"),
        configMap("istio"),
    ]);
    const trustBundle = trust?.data?.[rootCertFile];
    if (trustBundle === undefined || (deployment === undefined && pods.length === 0)) {
        return undefined;
    }
    const roots = CaCertificate.all(trustBundle);
    const [cacerts, selfSigned] = await Promise.all([
        secret(caCertsSecretName),
        secret(selfSignedSecretName),
    ]);
    return {
        roots,
        ca: signer(cacerts, roots) ?? signer(selfSigned, roots),
        tlsForm: cacerts?.type === "kubernetes.io/tls",
        missingFlags: [
            ...(pods.every(takesRoots) ? [] : [changeableTrust.istiod]),
            ...(toldToFollow(mesh?.data?.["mesh"]) ? [] : [changeableTrust.proxies]),
        ],
    };
}

/** A Secret that istiod has not read, such as one made after its start, leads to other roots. */
function signer(secret: V1Secret | undefined, roots: CaCertificate[]): LiveMesh["ca"] {
    const ca = previousCa(secret ? secretFiles(secret) : {});
    if ("missing" in ca) {
        return undefined;
    }
    const bundle = CaBundle.ofSigningCa(ca);
    const root = bundle && chainTo(bundle.ca, roots, bundle.chain).at(-1);
    return root && { secret: `${namespace}/${secret!.metadata!.name}`, certificate: bundle.ca, root };
}

function takesRoots({ spec }: V1Pod): boolean {
    const env = spec?.containers.flatMap((container) => container.env ?? []) ?? [];
    return env.some(({ name, value }) => name === istiodFollows && value === "true");
}

function toldToFollow(mesh: string | undefined): boolean {
    const config = parse(mesh ?? "{}") as MeshConfig | null;
    return String(config?.defaultConfig?.proxyMetadata?.[proxyFollows]) === "true";
}

interface MeshConfig {
    defaultConfig?: { proxyMetadata?: Record<string, unknown> };
}

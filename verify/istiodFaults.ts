import { once } from "node:events";
import { Duplex } from "node:stream";
import * as tls from "node:tls";
import { Certificate, sameCertificates } from "../pki/certificate";
import type { CaBundle } from "../pki/caBundle";
import { crlConfigMapName, rootCertFile } from "../pki/caFiles";
import { Crl } from "../pki/crl";
import { found, reason } from "../kube/apiError";
import { Cluster } from "../kube/cluster";

const istiodPort = 15012;

/** What clients of istiod see that differs from the bundle, in words; empty once istiod has picked it up. */
export async function istiodFaults(
    cluster: Cluster,
    namespace: string,
    { ca, roots, crls }: CaBundle,
): Promise<string[]> {
    const configMap = (name: string) => found(cluster.core.readNamespacedConfigMap({ namespace, name }));
    const [pods, trust, lists] = await Promise.all([
        cluster.readyPods(namespace, { app: "istiod" }),
        configMap("istio-ca-root-cert"),
        crls && configMap(crlConfigMapName),
    ]);
    const served = pods.map(async ({ metadata }) => {
        const chain = await servedChain(cluster, namespace, metadata!.name!);
        return chain && servedFault(metadata!.name!, chain, ca);
    });
    return [
        pods.length === 0 ? `no pod with the label app=istiod is ready in ${namespace}` : undefined,
        ...(await Promise.all(served)),
        rootsFault(trust?.data?.[rootCertFile], roots),
        listsFault(Object.values(lists?.data ?? {}).join("\n"), crls ?? []),
    ].filter((fault) => fault !== undefined);
}

/** A certificate that a server presents, and that of its issuer if it presents it too. */
interface ServedChain {
    leaf: Certificate;
    issuer: Certificate | undefined;
}

/** A renewed CA has the key of the previous one, so what distinguishes them is the certificate behind istiod's own. */
export function servedFault(
    pod: string,
    { leaf, issuer }: ServedChain,
    caCert: Certificate,
): string | undefined {
    if (leaf.issuedBy(caCert) && (issuer === undefined || issuer.equals(caCert))) {
        return undefined;
    }
    const signer = issuer ? issuer.short : leaf.issuer;
    return `${pod} serves a certificate of ${signer}, not of ${caCert.short}`;
}

/** @param handedOut - undefined if istiod does not manage its own namespace */
function rootsFault(handedOut: string | undefined, roots: readonly Certificate[]): string | undefined {
    const found = Certificate.strictly(handedOut ?? "");
    return handedOut === undefined || sameCertificates(found, roots)
        ? undefined
        : `ConfigMap istio-ca-root-cert holds ${found.map((each) => each.short).join(", ")}, not ${roots.map((each) => each.short).join(", ")}`;
}

function listsFault(handedOut: string, wanted: readonly Crl[]): string | undefined {
    const there = Crl.all(handedOut);
    const lacking = wanted.find(({ der }) => !there.some((crl) => crl.der.equals(der)));
    return lacking && `ConfigMap ${crlConfigMapName} is missing the latest CRL from ${lacking.issuer}`;
}

/** Undefined if nobody may connect to istiod's pods: then the ConfigMaps that it writes have to be enough. */
async function servedChain(
    cluster: Cluster,
    namespace: string,
    pod: string,
): Promise<ServedChain | undefined> {
    const connection = await cluster.connectTo({ namespace, pod }, istiodPort).catch((error: unknown) => {
        if (/\b403\b/.test(reason(error))) {
            return undefined;
        }
        throw error;
    });
    return connection && presentedChain(connection, `istiod.${namespace}.svc`);
}

/** What a TLS server presents, whether or not it is to be trusted. */
export async function presentedChain(connection: Duplex, servername: string): Promise<ServedChain> {
    const socket = tls.connect({ socket: connection, servername, rejectUnauthorized: false });
    try {
        await once(socket, "secureConnect");
        const leaf = socket.getPeerX509Certificate()!;
        const issuer = leaf.issuerCertificate;
        return { leaf: new Certificate(leaf.raw), issuer: issuer && new Certificate(issuer.raw) };
    } finally {
        socket.destroy();
        connection.destroy();
    }
}

import { X509Certificate } from "node:crypto";
import * as http from "node:http";
import { json } from "node:stream/consumers";
import { V1Container, V1Pod } from "@kubernetes/client-node";
import pMap from "p-map";
import { caCertFile, crlConfigMapName, PublicFiles, rootCertFile } from "../pki/bundle";
import { parseCertificates } from "../pki/certificates";
import { proxyFollows } from "../pki/changeableTrust";
import { Crl } from "../pki/crl";
import { reason } from "./apiError";
import { equal, issuedBy, sameCertificates, short } from "./certificatePath";
import { ExpectedCa } from "./chain";
import { Cluster } from "./cluster";
import { judgingCa } from "./reissue";
import { Check, Observation } from "./report";

/** Envoy's admin interface, which listens on loopback in the pod. */
const adminPort = 15000;
const secretsPath = "/config_dump?resource=dynamic_active_secrets";

/** How many proxies are asked at once, and how many that are behind are named. */
const concurrency = 50;
const named = 5;

/** What a proxy goes by: what it trusts, what it does not, and what it serves, its own certificate first. */
export interface ProxySecrets {
    roots: X509Certificate[];
    crls: Crl[];
    chain: X509Certificate[];
}

/** Asks every proxy of the mesh, sidecars and gateways, what it trusts and who signed its certificate. */
export async function observeProxies(cluster: Cluster, expected: ExpectedCa): Promise<Observation> {
    const { pods, behind, before } = await askProxies(cluster, [expected]);
    return {
        checks: [proxiesCheck(pods.length, behind, before, expected)],
        skipped: expected.crls ? withoutCrls(pods) : [],
    };
}

/**
 * The proxies of a mesh that go by none of these CAs, each with what it goes by.
 *
 * @param files - the public files of `cacerts`, as they were and as they are to be
 */
export async function proxiesBehind(
    { kubeconfig, context }: { kubeconfig: string; context: string },
    files: PublicFiles[],
): Promise<string[]> {
    const cluster = await Cluster.connect(kubeconfig, context);
    const expected = files.map((each) => ({
        caCert: parseCertificates(each[caCertFile])[0]!,
        roots: parseCertificates(each[rootCertFile]),
    }));
    return (await askProxies(cluster, expected)).behind;
}

/** Each proxy is to go by one of these CAs; `before` is how many serve, as they may, below the one before. */
async function askProxies(cluster: Cluster, expected: ExpectedCa[]) {
    const pods = await cluster.pods((pod) => proxyContainer(pod) !== undefined);
    let before = 0;
    const faults = await pMap(
        pods,
        async (pod) => {
            const fault = await readSecrets(cluster, pod).then(
                (secrets) => {
                    before += expected.some((each) => judgingCa(secrets.chain, each) !== each) ? 1 : 0;
                    const lists = mountsCrls(pod) ? {} : { crls: [] };
                    const found = expected.map((each) => proxyFault(secrets, { ...each, ...lists }));
                    return found.includes(undefined) ? undefined : found[0];
                },
                (error) => `does not answer: ${reason(error)}`,
            );
            const { namespace, name } = pod.metadata!;
            return fault === undefined ? [] : [`${namespace}/${name} ${fault}${untold(pod)}`];
        },
        { concurrency },
    );
    return { pods, behind: faults.flat(), before };
}

/** Istio gives the lists to sidecars, but to no gateway of a chart or of the Gateway API. */
function withoutCrls(pods: V1Pod[]): string[] {
    const names = pods
        .filter((pod) => !mountsCrls(pod))
        .map(({ metadata }) => `${metadata!.namespace}/${metadata!.labels?.["app"] ?? metadata!.name}`);
    return [...new Set(names)]
        .sort()
        .map(
            (name) => `CRLs of ${name}: it mounts no ConfigMap ${crlConfigMapName}, and so takes revoked CAs`,
        );
}

function mountsCrls({ spec }: V1Pod): boolean {
    return spec?.volumes?.some(({ configMap }) => configMap?.name === crlConfigMapName) ?? false;
}

/** The container of a pod's proxy, which may be a sidecar of either kind or a gateway; undefined where it has none. */
export function proxyContainer({ spec }: V1Pod): V1Container | undefined {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    return containers.find(({ name }) => name === "istio-proxy");
}

/** Whether a pod's proxy takes a changed trust bundle at once, and not when it asks for its next certificate. */
export function followsAtOnce(pod: V1Pod): boolean {
    const env = proxyContainer(pod)?.env ?? [];
    return env.some(({ name, value }) => name === proxyFollows && value === "true");
}

function untold(pod: V1Pod): string {
    return followsAtOnce(pod) ? "" : `, and started without ${proxyFollows}: it follows when it is restarted`;
}

/** What a proxy has not followed yet; undefined where it has. */
export function proxyFault({ roots, crls, chain }: ProxySecrets, expected: ExpectedCa): string | undefined {
    if (!sameCertificates(roots, expected.roots)) {
        return `trusts ${roots.map(short).join(", ") || "nothing"}`;
    }
    const lacking = expected.crls?.find(({ der }) => !crls.some((crl) => crl.der.equals(der)));
    if (lacking) {
        return `has not the newest CRL of ${lacking.issuer}`;
    }
    const [leaf, issuer] = chain;
    if (!leaf) {
        return "has no certificate";
    }
    const { caCert } = judgingCa(chain, expected);
    const followed = issuedBy(leaf, caCert) && issuer !== undefined && equal(issuer, caCert);
    return followed ? undefined : `serves a certificate of ${issuer ? short(issuer) : "an unknown CA"}`;
}

/** What Envoy says of its secrets; the private key among them is redacted by Envoy itself. */
export function parseSecrets(dump: SecretsDump): ProxySecrets {
    const secret = (wanted: string) => dump.configs?.find(({ name }) => name === wanted)?.secret;
    const text = (data: InlineBytes | undefined) =>
        Buffer.from(data?.inline_bytes ?? "", "base64").toString();
    const trust = secret("ROOTCA")?.validation_context;
    return {
        roots: parseCertificates(text(trust?.trusted_ca)),
        crls: Crl.all(text(trust?.crl)),
        chain: parseCertificates(text(secret("default")?.tls_certificate?.certificate_chain)),
    };
}

interface SecretsDump {
    configs?: {
        name: string;
        secret?: {
            tls_certificate?: { certificate_chain?: InlineBytes };
            validation_context?: { trusted_ca?: InlineBytes; crl?: InlineBytes };
        };
    }[];
}

interface InlineBytes {
    inline_bytes?: string;
}

/** @param before - how many may still serve below the CA before, and do */
function proxiesCheck(
    count: number,
    behind: string[],
    before: number,
    { caCert, roots, reissue }: ExpectedCa,
): Check {
    const later = reissue ? `, or for ${reissue.minutes} minutes below the one before` : "";
    const all = `by all ${count}${before > 0 ? `, of which ${before} still below the one before` : ""}`;
    const more = behind.length > named ? `; and ${behind.length - named} more` : "";
    return {
        name: "proxies: trust bundle and CA",
        expected: `${roots.map(short).join(", ")} trusted, served below ${short(caCert)}${later}`,
        observed: behind.length === 0 ? all : behind.slice(0, named).join("; ") + more,
        ok: behind.length === 0,
    };
}

async function readSecrets(cluster: Cluster, { metadata }: V1Pod): Promise<ProxySecrets> {
    const connection = await cluster.connectTo(metadata!.namespace!, metadata!.name!, adminPort);
    try {
        const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
            http.get({ createConnection: () => connection, path: secretsPath }, resolve).on("error", reject);
        });
        return parseSecrets((await json(answer)) as SecretsDump);
    } finally {
        connection.destroy();
    }
}

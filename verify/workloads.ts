import { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import { V1Deployment } from "@kubernetes/client-node";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { chainChecks, ExpectedCa, findLeaf } from "./chain";
import { Cluster, CommandResult } from "./cluster";
import { appContainer, ProbePod } from "./probePod";
import * as refusal from "./refusal";
import { Check, Observation, same } from "./report";

/** The samples that are verified: sleep calls httpbin. */
export const serverName = "httpbin";
export const clientName = "sleep";

/** The ports of their Services in Istio's samples/; sleep listens on none, but its sidecar answers TLS there. */
const serverPort = 8000;
const clientPort = 80;

const curlTimeout = ["--max-time", "5"];

/** The two Deployments, of which one or both may not be there. */
export interface Workloads {
    server: V1Deployment | undefined;
    client: V1Deployment | undefined;
}

/** Where the workloads are and what they must be. */
export interface WorkloadContext {
    cluster: Cluster;
    namespace: string;
    trustDomain: string;
    expected: ExpectedCa;
    server: V1Deployment;
    client: V1Deployment;
}

/** Reads the Deployments of httpbin and sleep. */
export async function readWorkloads(cluster: Cluster, namespace: string): Promise<Workloads> {
    const [server, client] = await Promise.all([
        cluster.deployment(namespace, serverName),
        cluster.deployment(namespace, clientName),
    ]);
    return { server, client };
}

/** Whether both Deployments are there and all of their pods serve. */
export function readinessCheck({ server, client }: Workloads): Check {
    const state = (deployment: V1Deployment | undefined) => {
        if (!deployment) {
            return "missing";
        }
        const { replicas = 0, availableReplicas = 0 } = deployment.status ?? {};
        return `${availableReplicas} of ${replicas} available`;
    };
    const ready = [server, client].every(
        (each) => each?.status?.availableReplicas && each.status.availableReplicas === each.status.replicas,
    );
    return {
        name: "workloads: ready",
        expected: `Deployments ${serverName} and ${clientName} available`,
        observed: `${serverName} ${state(server)}, ${clientName} ${state(client)}`,
        ok: ready,
    };
}

/** What httpbin serves to a client without a certificate, which it must then refuse. */
export async function observeServer(context: WorkloadContext, pod: ProbePod): Promise<Observation> {
    const chain = await servedChain(context, pod, `https://${serverAddress(context)}`);
    const spiffeId = identity(context, context.server);
    const leaf = findLeaf(served);
    return {
        checks: [
            ...chainChecks(serverName, served, context.expected, spiffeId),
            verifyCheck(serverName, verifyResult),
            refusal.withoutCertificate(result),
        ],
        certificates: leaf && { [serverName]: certificateFacts(leaf) },
    };
}

/** What sleep serves, and what httpbin says of a request that sleep sends. */
export async function observeClient(context: WorkloadContext, pod: ProbePod): Promise<Observation> {
    const { cluster, namespace, client } = context;
    const [running] = await cluster.readyPods(namespace, client.spec?.selector.matchLabels ?? {});
    if (!running) {
        throw new Error(`no pod of Deployment ${clientName} is ready`);
    }
    const container = appContainer(client.spec!.template.spec!.containers).name;
    const target = { namespace, pod: running.metadata!.name!, container };
    const ip = running.status!.podIP!;
    const address = `${isIPv6(ip) ? `[${ip}]` : ip}:${clientPort}`;
    const url = `http://${serverAddress(context)}/headers`;
    const [{ served, verifyResult }, request] = await Promise.all([
        servedChain(context, pod, `https://${address}`),
        cluster.run(target, ["curl", "-sS", ...curlTimeout, "-w", "%{stderr}%{http_code}", url]),
    ]);
    const leaf = findLeaf(served);
    return {
        checks: [
            ...chainChecks(clientName, served, context.expected, identity(context, client)),
            verifyCheck(clientName, verifyResult),
            ...requestChecks(request, identity(context, client), leaf),
        ],
        certificates: leaf && { [clientName]: certificateFacts(leaf) },
    };
}

/** A request without TLS from outside the mesh. */
export async function observePlaintext(context: WorkloadContext, pod: ProbePod): Promise<Observation> {
    const result = await pod.curl([
        "-sS",
        ...curlTimeout,
        "-w",
        "%{http_code}",
        "-o",
        "/dev/null",
        serverUrl("http", context),
    ]);
    return { checks: [refusal.plaintext(result)] };
}

/** A TLS connection with a client certificate that claims sleep's identity, but that another CA signed. */
export async function observeForeignClient(
    context: WorkloadContext,
    pod: ProbePod,
    clientPem: string,
): Promise<Observation> {
    const result = await pod.curlWithFile("client.pem", clientPem, (path) => [
        ...["-sSk", ...curlTimeout, "--cert", path, "--key", path],
        ...["-w", "%{http_code}", "-o", "/dev/null", serverUrl("https", context)],
    ]);
    return { checks: [refusal.foreignCertificate(result)] };
}

/** The SPIFFE ID of a Deployment's pods. */
export function identity({ trustDomain, namespace }: WorkloadContext, deployment: V1Deployment): string {
    const serviceAccount = deployment.spec?.template.spec?.serviceAccountName ?? "default";
    return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** Judges the answer of httpbin's /headers, where the sidecar names the client certificate that it has verified. */
export function requestChecks(
    { exitCode, stdout, stderr }: CommandResult,
    clientId: string,
    clientLeaf: X509Certificate | undefined,
): Check[] {
    const name = `${clientName} -> ${serverName}`;
    const status = exitCode === 0 ? stderr.trim() : `curl exit ${exitCode}: ${stderr.trim()}`;
    const field = (key: string) => new RegExp(`[";,]${key}=([^;,"]+)`).exec(stdout)?.[1] ?? "none: no mTLS";
    const hash = clientLeaf?.fingerprint256.replaceAll(":", "").toLowerCase();
    return [
        same(`${name}: HTTP status`, "200", status),
        same(`${name}: client identity over mTLS`, clientId, field("URI")),
        same(`${name}: client certificate is the one above`, hash ?? "sleep's certificate", field("Hash")),
    ];
}

/** TLS without a client certificate: curl's OpenSSL is given the root as the only anchor and prints what was served. */
async function servedChain({ expected }: WorkloadContext, pod: ProbePod, url: string) {
    const roots = expected.roots.map((root) => root.toString()).join("");
    const format = "%{ssl_verify_result}\n%{certs}";
    const result = await pod.curlWithFile("root-cert.pem", roots, (path) => [
        ...["-sSk", ...curlTimeout, "--cacert", path, "-w", format, "-o", "/dev/null", url],
    ]);
    const [verifyResult] = result.stdout.split("\n", 1);
    return { served: parseCertificates(result.stdout), verifyResult: verifyResult!, result };
}

function verifyCheck(workload: string, { served, verifyResult }: ServedChain): Check {
    // Without a handshake curl says 0 too.
    const result = verifyResult === "0" ? "0 (ok)" : `error ${verifyResult}`;
    const observed = served.length > 0 ? result : "no handshake";
    return same(`${workload}: openssl verify with the root alone`, "0 (ok)", observed);
}

function serverUrl(scheme: "http" | "https", context: WorkloadContext): string {
    return `${scheme}://${serverAddress(context)}/headers`;
}

function serverAddress({ namespace }: WorkloadContext): string {
    return `${serverName}.${namespace}:${serverPort}`;
}

import { isIPv6 } from "node:net";
import { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { shorten } from "../pki/certificate";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { parseTransfers, probe, Transfer, transfer } from "./curl";
import { appContainer, ProbePod } from "./probePod";
import * as refusal from "./refusal";
import { Check, Observation, same } from "./report";
import { observeChain } from "./servedChain";
import type { Attempt } from "./settle";

/** The samples that are verified: sleep calls httpbin. */
export const serverName = "httpbin";
export const clientName = "sleep";

/** The ports of their Services in Istio's samples/; sleep listens on none, but its sidecar answers TLS there. */
const serverPort = 8000;
const clientPort = 80;

const noMtls = "none: no mTLS";

/** How many requests go out at once if the open connections are older than sleep's certificate; times the attempt. */
const extraConnections = 10;
const maxExtraConnections = 100;

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
    const spiffeId = identity(context, context.server);
    const url = serverUrl("https", context);
    const { checks, leaf, transfer } = await observeChain(
        pod,
        url,
        { name: serverName, spiffeId },
        context.expected,
    );
    return {
        checks: [...checks, refusal.withoutCertificate(transfer)],
        certificates: leaf && { [serverName]: leaf.facts },
    };
}

/**
 * What sleep serves, and what httpbin says of a request that sleep sends.
 *
 * A proxy keeps its connections open, with the certificate that they were opened with. More requests at once than it has
 * connections make it open another.
 */
export async function observeClient(
    context: WorkloadContext,
    pod: ProbePod,
    { number, signal }: Attempt,
): Promise<Observation> {
    const { cluster, namespace, client, expected } = context;
    const [running] = await cluster.readyPods(namespace, client.spec?.selector.matchLabels ?? {});
    if (!running) {
        throw new Error(`no pod of Deployment ${clientName} is ready`);
    }
    const container = appContainer(client.spec!.template.spec!.containers).name;
    const target = { namespace, pod: running.metadata!.name!, container };
    const spiffeId = identity(context, client);
    const call = (...args: string[]) => cluster.run(target, ["curl", ...args], { signal });
    const [{ checks, leaf }, request] = await Promise.all([
        observeChain(pod, clientUrl(running), { name: clientName, spiffeId }, expected),
        call(...transfer(serverUrl("http", context))),
    ]);
    const [answer] = parseTransfers(request);
    const judge = (bodies: string) => requestChecks(answer!, bodies, spiffeId, leaf && leaf.fingerprint);
    const first = judge(request.stdout);
    // More requests would not help a mesh that did not answer this one.
    const olderConnection = answer!.http_code === 200 && allOk(checks) && !allOk(first);
    const answers = olderConnection
        ? judge(request.stdout + (await call(...atOnce(context, number))).stdout)
        : first;
    return {
        checks: [...checks, ...answers],
        certificates: leaf && { [clientName]: leaf.facts },
    };
}

function atOnce(context: WorkloadContext, attempt: number): string[] {
    const count = Math.min(extraConnections * attempt, maxExtraConnections);
    const url = serverUrl("http", context, "delay/1");
    return ["--parallel", "--parallel-immediate", "--parallel-max", String(count), ...transfer(url)].concat(
        Array<string>(count - 1).fill(url),
    );
}

function allOk(checks: Check[]): boolean {
    return checks.every(({ ok }) => ok);
}

/** A request without TLS from outside the mesh. */
export async function observePlaintext(context: WorkloadContext, pod: ProbePod): Promise<Observation> {
    const [transfer] = await pod.curl(() => probe(serverUrl("http", context)));
    return { checks: [refusal.plaintext(transfer!)] };
}

/** A TLS connection with a client certificate that claims sleep's identity, but that another CA signed. */
export async function observeForeignClient(
    context: Pick<WorkloadContext, "namespace">,
    pod: ProbePod,
    clientPem: string,
): Promise<Observation> {
    const attempt = async (...protocol: string[]) => {
        const file = { name: "client.pem", content: clientPem };
        const options = (path: string) => ["--insecure", "--cert", path, "--key", path, ...protocol];
        const [transfer] = await pod.curl(
            (path) => probe(serverUrl("https", context), ...options(path)),
            file,
        );
        return transfer!;
    };
    // In TLS 1.2 the alert is part of the handshake. In TLS 1.3 the client may write too early to read it.
    const transfer = await attempt("--tls-max", "1.2");
    const newest = refusal.wantsNewerProtocol(transfer) ? await attempt() : transfer;
    return { checks: [refusal.foreignCertificate(newest)] };
}

/** The SPIFFE ID of a Deployment's pods. */
export function identity(
    { trustDomain, namespace }: Pick<WorkloadContext, "trustDomain" | "namespace">,
    deployment: V1Deployment,
): string {
    const serviceAccount = deployment.spec?.template.spec?.serviceAccountName ?? "default";
    return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/**
 * Judges answers of httpbin that show a request's headers, where the sidecar names the client certificate that it has
 * verified. One of them must be sleep's own.
 */
export function requestChecks(
    { http_code, errormsg }: Pick<Transfer, "http_code" | "errormsg">,
    bodies: string,
    clientId: string,
    leaf: string | undefined,
): Check[] {
    const name = `${clientName} -> ${serverName}`;
    const field = (key: string) =>
        [...bodies.matchAll(new RegExp(`[";,]${key}=([^;,"]+)`, "g"))].map((match) => match[1]!);
    const hashes = field("Hash").map((hash) => hash.match(/../g)!.join(":"));
    const hash = hashes.find((each) => each === leaf) ?? hashes[0];
    return [
        same(`${name}: HTTP status`, "200", errormsg ?? String(http_code)),
        same(`${name}: client identity over mTLS`, clientId, field("URI")[0] ?? noMtls),
        {
            name: `${name}: with the certificate above`,
            expected: leaf ? shorten(leaf) : "sleep's certificate",
            observed: hash ? shorten(hash) : noMtls,
            ok: leaf !== undefined && leaf === hash,
        },
    ];
}

function serverUrl(
    scheme: "http" | "https",
    { namespace }: Pick<WorkloadContext, "namespace">,
    path = "headers",
): string {
    return `${scheme}://${serverName}.${namespace}:${serverPort}/${path}`;
}

function clientUrl({ status }: V1Pod): string {
    const ip = status!.podIP!;
    return `https://${isIPv6(ip) ? `[${ip}]` : ip}:${clientPort}`;
}

import { isIPv6 } from "node:net";
import { Cluster, Target } from "../kube/cluster";
import { Certificate } from "../pki/certificate";
import { chainChecks } from "./chain";
import { next, parseTransfers, Transfer } from "./curl";
import { expectedOf, MatrixMember } from "./matrixInput";
import { probeHost, probePort, probeServerPort } from "./probeNames";
import type { Cell } from "./matrixReport";
import type { Probe } from "./prober";
import * as refusal from "./refusal";
import { Check, same } from "./report";
import { trusted, verifyCheck } from "./servedChain";

/** What the workload of a cluster showed and refused, whoever asks. */
export interface Shown {
    /** The certificates that it served; none if there was no handshake. */
    served: Certificate[];
    /** What there was instead of a handshake. */
    instead?: string;
    /** Why OpenSSL rejects the chain under the asker's roots alone; undefined if it does not. */
    fault?: string | undefined;
    /** What it refused. */
    refusals: Check[];
}

/** The workloads of two clusters, and how one asks the other. */
export interface Pair {
    from: MatrixMember;
    to: MatrixMember;
    /** The pod that asks. */
    cluster: Cluster;
    target: Target;
    /** The SPIFFE identity of both. */
    identity: string;
}

/** The names of checks that say why others fail. */
export const handshakeCheck = "handshake";
export const requestCheck = "request: HTTP status";

/** The name of the check on how the asking cluster's istiod reads the other cluster. */
export function readsCheck({ from, to }: Pick<Cell, "from" | "to">): string {
    return `${from}: reads ${to}`;
}

/** Sends one request to the other cluster's workload, as workloads do. */
export async function observeRequest(
    { cluster, target, to, identity }: Pair,
    signal: AbortSignal,
): Promise<Check[]> {
    const url = `http://${probeHost(to.cluster)}:${probePort}/headers`;
    const { stdout, ...result } = await cluster.run(target, ["curl", ...once(url)], { signal });
    const [request] = parseTransfers({ stdout, ...result });
    return [
        same(requestCheck, "200", request!.errormsg ?? answered(request!, stdout)),
        same("request: client identity over mTLS", identity, clientIdentity(stdout)),
    ];
}

/** Judges what the other cluster's workload showed as the asking one does. */
export function judgeShown(
    { from, to, identity }: Pair,
    { served, instead, fault, refusals }: Shown,
): Check[] {
    const shown: Check = {
        name: handshakeCheck,
        expected: `certificates of the workload of ${to.cluster}`,
        observed: instead ?? `${served.length} certificates`,
        ok: served.length > 0,
    };
    if (served.length === 0) {
        return [shown];
    }
    const expected = { ...expectedOf(to), roots: from.rootCertPem, ownRoots: to.rootCertPem };
    const workload = { name: to.cluster, spiffeId: identity };
    return [
        shown,
        ...chainChecks(workload, served, expected),
        same(`${to.cluster}: verifies with the roots of ${from.cluster} alone`, trusted, fault ?? trusted),
        ...refusals,
    ];
}

/** What the workload of another cluster of the same network shows the asking pod, past its sidecar. */
export async function showDirectly(
    { cluster, target, from, to }: Pair,
    { ip, stranger }: Pick<Probe, "ip" | "stranger">,
    signal: AbortSignal,
): Promise<Shown> {
    const roots = from.rootCertPem.map(({ pem }) => pem).join("");
    const place = `${isIPv6(ip) ? `[${ip}]` : ip}:${probeServerPort}/`;
    const shake = (scheme: string, ...options: string[]) =>
        once(`${scheme}://${place}`, "--output", "/dev/null", ...options);
    const args = [
        ...shake("https", "--insecure"),
        ...[next, ...shake("https", "--cacert", "ROOTS")],
        ...[
            next,
            ...shake("https", "--insecure", "--tls-max", "1.2", "--cert", "STRANGER", "--key", "STRANGER"),
        ],
        ...[next, ...shake("http")],
    ];
    const sizes = [roots, stranger].map((text) => String(Buffer.byteLength(text)));
    const command = ["sh", "-c", script, "sh", ...sizes, ...args];
    const result = await cluster.run(target, command, { stdin: roots + stranger, signal });
    const [shown, verified, foreign, plain] = parseTransfers(result);
    const check = verifyCheck(to.cluster, verified!);
    return {
        served: Certificate.strictly(shown!.certs),
        ...(shown!.certs === "" && { instead: `${shown!.errormsg} (curl ${shown!.exitcode})` }),
        fault: check.ok ? undefined : check.observed,
        refusals: [refusal.foreignCertificate(foreign!), refusal.plaintext(plain!)],
    };
}

/** One transfer that is reported on stderr. */
function once(url: string, ...options: string[]): string[] {
    return ["--silent", "--max-time", "3", "--write-out", "%{stderr}%{json}\n", ...options, url];
}

/** What Envoy answers if it has no connection says why. */
function answered({ http_code }: Transfer, body: string): string {
    return http_code === 200 ? "200" : `${http_code} ${body.trim().slice(0, 300)}`;
}

/** What httpbin saw in X-Forwarded-Client-Cert. */
function clientIdentity(body: string): string {
    return /[";,]URI=([^;,"]+)/.exec(body)?.[1] ?? "none";
}

/** Puts what came on stdin into files in memory that only it can read, and names them to curl: no argument holds a key. */
const script = `
umask 077
dir=$(mktemp -d /dev/shm/probe.XXXXXX)
trap 'rm -rf "$dir"' EXIT
# A byte at a time, because stdin has no end, and what is read ahead would be lost.
dd bs=1 count="$1" of="$dir/roots" 2>/dev/null
dd bs=1 count="$2" of="$dir/stranger" 2>/dev/null
shift 2
for arg; do
    shift
    case $arg in ROOTS) arg=$dir/roots ;; STRANGER) arg=$dir/stranger ;; esac
    set -- "$@" "$arg"
done
curl "$@"
`;

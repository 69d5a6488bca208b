import { once } from "node:events";
import { Duplex } from "node:stream";
import * as tls from "node:tls";
import { V1Pod } from "@kubernetes/client-node";
import { Certificate } from "../pki/certificate";
import { reason } from "../kube/apiError";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { Check, Observation } from "./report";
import { within } from "../kube/within";

/** The port on which istiod signs and serves xDS over TLS. */
const istiodPort = 15012;

/** The longest that one istiod may take, milliseconds. */
const handshakeMs = 10_000;

/** What a TLS server showed. */
export interface Handshake {
    leaf: Certificate;
    /** Why OpenSSL did not accept the chain and the name; undefined if it did. */
    fault: string | undefined;
}

/** Opens a TLS connection to each istiod and judges the certificate that it serves. */
export async function observeIstiod(
    cluster: Cluster,
    namespace: string,
    expected: ExpectedCa,
    signal: AbortSignal,
): Promise<Observation> {
    const pods = await cluster.readyPods(namespace, { app: "istiod" });
    if (pods.length === 0) {
        throw new Error(`no pod with the label app=istiod is ready in ${namespace}`);
    }
    const seen = await Promise.all(
        pods.map(async (pod) => {
            const name = pods.length > 1 ? `istiod ${pod.metadata!.name}` : "istiod";
            const hand = (limited: AbortSignal) => shakeHands(cluster, pod, expected, limited);
            return within(handshakeMs, signal, hand).then(
                (handshake) => ({ leaf: handshake.leaf, checks: istiodChecks(name, handshake, expected) }),
                (error) => ({ leaf: undefined, checks: [noAnswer(name, error)] }),
            );
        }),
    );
    signal.throwIfAborted();
    const leaves = seen.flatMap(({ leaf }) => leaf ?? []);
    return {
        checks: seen.flatMap(({ checks }) => checks),
        ...(leaves.length > 0 && { certificates: { istiod: newest(leaves).facts } }),
    };
}

function noAnswer(name: string, error: unknown): Check {
    return { name, expected: "a TLS handshake", observed: reason(error), ok: false };
}

/** Of several replicas' certificates the latest. */
function newest(leaves: Certificate[]): Certificate {
    return leaves.reduce((one, other) => (other.notBefore > one.notBefore ? other : one));
}

/** Judges what an istiod served. */
export function istiodChecks(name: string, { leaf, fault }: Handshake, { caCert }: ExpectedCa): Check[] {
    const plugged = leaf.issuedBy(caCert);
    const selfSigned =
        leaf.issuer === "O=cluster.local" ? ": Istio's self-signed CA, not a plugged-in one" : "";
    return [
        {
            name: `${name}: signed by the plugged-in CA`,
            expected: `issued by ${caCert.short}`,
            observed: plugged ? `issued by ${caCert.short}` : `issued by ${leaf.issuer}${selfSigned}`,
            ok: plugged,
        },
        {
            name: `${name}: verifies with the root alone`,
            expected: "trusted by OpenSSL",
            observed: fault ?? "trusted by OpenSSL",
            ok: fault === undefined,
        },
    ];
}

/** A TLS handshake as a client that trusts these roots and nothing else; OpenSSL verifies chain and name. */
export async function handshake(
    connection: Duplex,
    servername: string,
    roots: readonly Certificate[],
): Promise<Handshake> {
    const ca = roots.map(({ pem }) => pem);
    const socket = tls.connect({ socket: connection, servername, ca, rejectUnauthorized: false });
    try {
        await once(socket, "secureConnect");
        const leaf = new Certificate(socket.getPeerX509Certificate()!.raw);
        const fault = socket.authorized ? undefined : String(socket.authorizationError);
        return { leaf, fault };
    } finally {
        socket.destroy();
        connection.destroy();
    }
}

async function shakeHands(
    cluster: Cluster,
    { metadata }: V1Pod,
    { roots }: ExpectedCa,
    signal: AbortSignal,
): Promise<Handshake> {
    const namespace = metadata!.namespace!;
    const connection = await cluster.connectTo({ namespace, pod: metadata!.name! }, istiodPort, signal);
    return handshake(connection, `istiod.${namespace}.svc`, roots);
}

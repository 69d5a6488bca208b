import * as http from "node:http";
import { V1Pod } from "@kubernetes/client-node";
import { Certificate, sameCertificates } from "../pki/certificate";
import { Crl } from "../pki/crl";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { adminPort } from "../kube/proxyPods";
import { judgingCa } from "./reissue";

const secretsPath = "/config_dump?resource=dynamic_active_secrets";

/** More than the secrets of an Envoy: a trust bundle, a chain and CRLs. */
const largestAnswer = 32 * 1024 * 1024;

/** What a proxy uses: the roots that it trusts, its CRLs, and what it serves, its own certificate first. */
export interface ProxySecrets {
    roots: Certificate[];
    crls: Crl[];
    chain: Certificate[];
}

/**
 * Asks a proxy, by Envoy's admin interface, which listens on loopback in the pod.
 *
 * @param onOpen - called when the kubelet has opened the connection to the pod
 * @throws Error if it does not answer as Envoy does.
 */
export async function readSecrets(
    cluster: Cluster,
    pod: V1Pod,
    signal: AbortSignal,
    onOpen: () => void = () => undefined,
): Promise<ProxySecrets> {
    const target = { namespace: pod.metadata!.namespace!, pod: pod.metadata!.name! };
    const connection = await cluster.connectTo(target, adminPort(pod), signal);
    try {
        onOpen();
        const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
            http.get({ createConnection: () => connection, path: secretsPath, signal }, resolve).on(
                "error",
                reject,
            );
        });
        if (answer.statusCode !== 200) {
            throw new Error(`its admin interface answers with HTTP status ${answer.statusCode}`);
        }
        return parseSecrets(parseDump(await bodyOf(answer)));
    } finally {
        connection.destroy();
    }
}

/** How a proxy differs from what is expected; undefined if it does not. */
export function proxyFault({ roots, crls, chain }: ProxySecrets, expected: ExpectedCa): string | undefined {
    if (!sameCertificates(roots, expected.roots)) {
        return `trusts ${roots.map((each) => each.short).join(", ") || "nothing"}`;
    }
    const lacking = expected.crls?.find(({ der }) => !crls.some((crl) => crl.der.equals(der)));
    if (lacking) {
        return `is missing the latest CRL from ${lacking.issuer}`;
    }
    const [leaf, issuer] = chain;
    if (!leaf) {
        return "has no certificate";
    }
    const { caCert } = judgingCa(chain, expected);
    const followed = leaf.issuedBy(caCert) && issuer !== undefined && issuer.equals(caCert);
    return followed ? undefined : `serves a certificate of ${issuer ? issuer.short : "an unknown CA"}`;
}

/** What Envoy says of its secrets; the private key among them is redacted by Envoy itself. */
export function parseSecrets(dump: SecretsDump): ProxySecrets {
    const secret = (wanted: string) => dump.configs?.find(({ name }) => name === wanted)?.secret;
    const text = (data: InlineBytes | undefined) =>
        Buffer.from(data?.inline_bytes ?? "", "base64").toString();
    const trust = secret("ROOTCA")?.validation_context;
    return {
        roots: Certificate.strictly(text(trust?.trusted_ca)),
        crls: Crl.all(text(trust?.crl)),
        chain: Certificate.strictly(text(secret("default")?.tls_certificate?.certificate_chain)),
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

/** @throws Error if it is more than a proxy has to say: the pod may be anybody's. */
async function bodyOf(answer: http.IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > largestAnswer) {
            throw new Error(`its admin interface answers with more than ${largestAnswer} bytes`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
}

/** @throws Error if it is not what Envoy answers. */
function parseDump(text: string): SecretsDump {
    try {
        return JSON.parse(text) as SecretsDump;
    } catch (error) {
        throw new Error("its admin interface answers with something that is not JSON", { cause: error });
    }
}

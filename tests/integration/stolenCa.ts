import { webcrypto } from "node:crypto";
import { kubeconfigPath } from "../../local/paths";
import { caCertFile, caCertsSecretName, caKeyFile } from "../../pki/caFiles";
import { Certificate } from "../../pki/certificate";
import { Cluster } from "../../kube/cluster";
import { clientPem } from "../../verify/foreignClient";
import { probe, Transfer } from "../../verify/curl";
import { ProbePod } from "../../verify/probePod";
import { settle } from "../../verify/settle";
import { identity, observeForeignClient, readWorkloads } from "../../verify/workloads";
import { kubectl } from "./fixture";
import { parsedCertificate } from "../pki";
import { privateKeyOf } from "../../pki/pemKey";

const namespace = "foo";

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ecdsa = { name: "ECDSA", namedCurve: "P-256" };

/** How a client's connections fared. */
export interface Connections {
    /** Of each request; 0 if there was no answer. */
    statuses: number[];
    /** How many it opened. */
    opened: number;
}

/** The CA of a cluster as it was at some time, key and all: whoever holds it can be any workload. */
export class StolenCa {
    private constructor(
        readonly certPem: string,
        readonly keyPem: string,
    ) {}

    static async from(context: string, secret = caCertsSecretName): Promise<StolenCa> {
        const args = ["get", "secret", secret, "-n", "istio-system", "-o", "json"];
        const { data } = JSON.parse(await kubectl(context, ...args)) as { data: Record<string, string> };
        const file = (name: string) => Buffer.from(data[name]!, "base64").toString();
        return new StolenCa(file(caCertFile), file(caKeyFile));
    }

    /** Its certificate's, which is self-signed if istiod made it. */
    get fingerprint(): string {
        return Certificate.all(this.certPem)[0]!.fingerprint;
    }

    /**
     * What httpbin of a cluster says to a client outside the mesh.
     *
     * @param spiffeId - the identity that it claims; default: sleep
     */
    async answerOf(context: string, spiffeId?: string): Promise<string> {
        return this.asClient(
            context,
            async (pod, pem) => (await observeForeignClient({ namespace }, pod, pem)).checks[0]!.observed,
            spiffeId,
        );
    }

    /** Opens such a connection and asks something each second for the given time, on a new connection if one ends. */
    async connect(context: string, seconds: number): Promise<Connections> {
        return this.asClient(context, async (pod, content) => {
            const url = `https://httpbin.${namespace}:8000/headers?n=[1-${seconds}]`;
            const options = (file: string) => ["--insecure", "--cert", file, "--key", file, "--rate", "1/s"];
            const transfers = (await pod.curl((file) => probe(url, ...options(file)), {
                name: "client.pem",
                content,
            })) as (Transfer & { num_connects: number })[];
            return {
                statuses: transfers.map(({ http_code }) => http_code),
                opened: transfers.reduce((sum, { num_connects }) => sum + num_connects, 0),
            };
        });
    }

    private async asClient<T>(
        context: string,
        ask: (pod: ProbePod, pem: string) => Promise<T>,
        spiffeId?: string,
    ): Promise<T> {
        const cluster = await Cluster.connect(kubeconfigPath, context);
        const client = (await readWorkloads(cluster, namespace)).client!;
        const pem = await this.clientPem(
            spiffeId ?? identity({ trustDomain: "cluster.local", namespace }, client),
        );
        const pod = await ProbePod.create(cluster, namespace, client.spec!.template.spec!, 600);
        try {
            const patience = { deadline: Date.now() + 60_000, signal: new AbortController().signal };
            await settle("probe pod", patience, async () => {
                await pod.ping();
                return { checks: [] };
            });
            return await ask(pod, pem);
        } finally {
            await pod.delete();
        }
    }

    private async clientPem(spiffeId: string): Promise<string> {
        const key = privateKeyOf(this.keyPem);
        const algorithm = key.asymmetricKeyType === "rsa" ? rsa : ecdsa;
        const pkcs8 = key.export({ type: "pkcs8", format: "der" });
        const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
        return clientPem(spiffeId, parsedCertificate(this.certPem), signingKey);
    }
}

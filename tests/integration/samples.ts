import { Certificate } from "../../pki/certificate";
import { kubectl } from "./fixture";

/** The address of httpbin's pod, by which pods of other local clusters reach it. */
export function httpbinAddress(context: string): Promise<string> {
    const path = ["-o", "jsonpath={.items[0].status.podIP}"];
    return kubectl(context, "get", "pods", "-n", "foo", "-l", "app=httpbin", ...path);
}

/** The samples' pods of each cluster, and how often each has restarted. */
export function samplePods(contexts: string[]): Promise<string[]> {
    const path = 'jsonpath={range .items[*]}{.metadata.name} {.status..restartCount}{"\\n"}{end}';
    const selected = ["-n", "foo", "-l", "app in (httpbin, sleep)", "-o", path];
    return Promise.all(contexts.map((context) => kubectl(context, "get", "pods", ...selected)));
}

/** httpbin of another cluster, called by mutual TLS as in one mesh. */
export function remoteHttpbin(address: string) {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: "remote", namespace: "foo" },
        spec: {
            hosts: ["httpbin.remote"],
            addresses: [address],
            location: "MESH_INTERNAL",
            resolution: "STATIC",
            ports: [{ name: "http", number: 8080, protocol: "HTTP" }],
            endpoints: [{ address, labels: { "security.istio.io/tlsMode": "istio" } }],
            subjectAltNames: ["spiffe://cluster.local/ns/foo/sa/httpbin"],
        },
    };
}

/** The fingerprints of the roots that the samples' namespace has received, in order. */
export async function trustedRoots(context: string): Promise<string[]> {
    const path = ["-o", "jsonpath={.data.root-cert\\.pem}"];
    const pem = await kubectl(context, "get", "configmap", "istio-ca-root-cert", "-n", "foo", ...path);
    return Certificate.all(pem)
        .map(({ fingerprint }) => fingerprint)
        .sort();
}

/** The Secrets by which a cluster's istiod reaches other clusters, by name; empty if there are none. */
export function remoteSecrets(context: string): Promise<string> {
    const labelled = ["--selector", "istio/multiCluster=true", "--output", "name"];
    return kubectl(context, "get", "secrets", "--namespace", "istio-system", ...labelled);
}

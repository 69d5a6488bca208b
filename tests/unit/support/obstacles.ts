import { newKey, privatePem, selfSigned } from "../../pki";
import type { RefusalId } from "../../../stacks/refusal";
import { meshOf, noMesh, secretOf } from "./meshObjects";
import { factsOf, Plugging, plugging, TestCa, testCa, Up } from "./roles";

/** What blocks an `up`. */
export interface Obstacle {
    /** Of the refusal, or of all of them if there are several. */
    id: RefusalId | RefusalId[];
    /** The CA that the stack has; default: own. */
    ca?: TestCa;
    up?: Up;
    /** What the cluster's API server has; absent: there is no cluster. */
    objects?: Record<string, object>;
    /** Facts that the refusal names. */
    names: string[];
}

/** Each guard, and the roles that must have it. */
export const table = {
    // A standalone stack is refused as one whose root was made again: see knownRoots.test.ts.
    "lacks the root of the CA that is plugged in": ["cluster", "outside", "ready"],
    "is signed by a root that its workloads do not trust": plugging,
    "takes over a live mesh of another CA": plugging,
    "cannot see whether there is a mesh": plugging,
    "finds no Istio though it is external": plugging,
    "finds an external Istio that cannot change its trust": plugging,
    "finds cacerts of the tls form": plugging,
    "has proxies that lag behind": plugging,
    "changes who owns Istio": plugging,
    "has a CA near its expiry": ["cluster", "outside", "ready"],
    "has peers that would reject its workloads": ["cluster", "outside", "ready"],
    "has peers whose workloads it would reject": ["cluster", "outside", "ready"],
    "gives workloads too much time for a renewal": ["cluster", "standalone"],
    "goes back to a key that is gone": ["cluster", "outside"],
} satisfies Record<string, readonly Plugging[]>;

/** The outputs of a stack that has plugged this CA in. */
export function livingUnder(ca: TestCa): NonNullable<Up["live"]> {
    return { files: ca.files, root: factsOf(ca.root.pem), istioMode: "install" };
}

/** How each guard refuses an `up` of a stack under own. */
export async function allObstacles(
    own: TestCa,
    renewed: TestCa,
): Promise<Record<keyof typeof table, Obstacle>> {
    const other = await testCa();
    const ending = await testCa(own.root, 345);
    const formerKeys = await newKey();
    const formerPem = await selfSigned(formerKeys, { subject: "O=cluster.local" });
    const former = { "ca-cert.pem": formerPem, "ca-key.pem": await privatePem(formerKeys) };
    const tls = { "tls.crt": own.pem, "tls.key": own.key, "ca.crt": own.root.pem };
    const proxy = {
        metadata: { namespace: "foo", name: "httpbin" },
        spec: { nodeName: "node1", containers: [{ name: "istio-proxy" }] },
        status: {
            phase: "Running",
            containerStatuses: [{ name: "istio-proxy", state: { running: {} } }],
        },
    };
    const node = { metadata: { name: "node1" } };
    const fingerprint = (pem: string) => factsOf(pem).fingerprint;
    const bothRoots = own.root.pem + other.root.pem;
    const renewFrom = new Date(Date.parse(factsOf(own.pem).notAfter) - 30 * 86_400_000).toISOString();
    return {
        "lacks the root of the CA that is plugged in": {
            id: "root-still-used",
            objects: noMesh,
            up: { live: { ...livingUnder(own), root: factsOf(other.root.pem) } },
            names: [fingerprint(other.root.pem), fingerprint(own.root.pem), "cluster1"],
        },
        "is signed by a root that its workloads do not trust": {
            id: "root-not-trusted",
            objects: noMesh,
            up: { live: { files: other.files, istioMode: "install" } },
            names: [fingerprint(own.root.pem), "cluster1"],
        },
        "takes over a live mesh of another CA": {
            id: "live-mesh",
            objects: meshOf(formerPem, {
                "istio-ca-secret": secretOf("istio-ca-secret", "istio.io/ca-root", former),
            }),
            names: ["O=cluster.local", "istio-system/istio-ca-secret", "npm run migrate -- cluster1"],
        },
        "cannot see whether there is a mesh": {
            id: "cluster-unreadable",
            names: ["127.0.0.1"],
        },
        "finds no Istio though it is external": {
            id: "istio-missing",
            objects: noMesh,
            up: { config: { istio: "external" } },
            names: ["external", "cluster1"],
        },
        "finds an external Istio that cannot change its trust": {
            id: "istio-flags-missing",
            objects: meshOf(own.root.pem),
            up: { config: { istio: "external" }, live: { ...livingUnder(renewed), istioMode: "external" } },
            names: ["ISTIO_MULTIROOT_MESH", "PROXY_CONFIG_XDS_AGENT"],
        },
        "finds cacerts of the tls form": {
            id: "cacerts-is-tls",
            objects: meshOf(own.root.pem, { cacerts: secretOf("cacerts", "kubernetes.io/tls", tls) }),
            names: ["istio-system/cacerts", "kubernetes.io/tls"],
        },
        "has proxies that lag behind": {
            id: "proxies-lag",
            objects: { ...noMesh, "/api/v1/pods": { items: [proxy] }, "/api/v1/nodes": { items: [node] } },
            up: { live: { ...livingUnder(renewed), previousCa: factsOf(formerPem) } },
            names: ["foo/httpbin"],
        },
        "changes who owns Istio": {
            id: "istio-owner-changed",
            objects: noMesh,
            up: { live: { ...livingUnder(renewed), istioMode: "adopt" } },
            names: ["install", "adopt"],
        },
        "has a CA near its expiry": {
            id: "ca-expires-soon",
            objects: noMesh,
            ca: ending,
            names: [factsOf(ending.pem).notAfter],
        },
        "has peers that would reject its workloads": {
            id: "peers-reject",
            objects: noMesh,
            up: {
                config: { peers: '["cluster2"]' },
                peer: { files: { ...renewed.files, "root-cert.pem": other.root.pem } },
            },
            names: ["stack cluster2 would reject those of cluster cluster1"],
        },
        "has peers whose workloads it would reject": {
            id: "peers-reject",
            objects: noMesh,
            up: {
                config: { peers: '["cluster2"]' },
                peer: { files: { ...other.files, "root-cert.pem": bothRoots } },
            },
            names: ["cluster cluster1 would reject those of stack cluster2"],
        },
        "gives workloads too much time for a renewal": {
            id: "reissue-too-slow",
            objects: noMesh,
            up: { config: { reissueWithin: "720h" }, renewFrom },
            names: ["reissueWithin", "720 hours"],
        },
        "goes back to a key that is gone": {
            id: "generation-gone",
            objects: noMesh,
            up: { live: { ...livingUnder(own), ca: { ...factsOf(own.pem), generation: 2 } } },
            names: ["generation is 1", "generation 2"],
        },
    };
}

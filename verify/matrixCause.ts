import { handshakeCheck, readsCheck, requestCheck } from "./matrixCell";
import { Cell, Fault, SeenCell } from "./matrixReport";
import type { Check } from "./report";

type Clusters = Pick<Cell, "from" | "to">;

/**
 * Judges what was seen between two clusters: of several faults the one that causes the others.
 *
 * @param lost - why nothing could be looked at
 */
export function judgeCell(clusters: Clusters, checks: Check[], lost?: string): SeenCell {
    if (lost !== undefined) {
        const remedy = "Let both clusters answer, and the pods in namespace mesh-probe be ready.";
        return { ...clusters, ok: false, fault: Fault.Reachability, found: lost, remedy, checks };
    }
    const first = checks.find(({ ok }) => !ok);
    if (!first) {
        return { ...clusters, ok: true, checks };
    }
    const found = `${first.name}: ${first.observed}; expected ${first.expected}`;
    return { ...clusters, ok: false, ...causeOf(clusters, first), found, checks };
}

function causeOf(
    { from, to }: Clusters,
    { name, observed }: Check,
): Required<Pick<Cell, "fault" | "remedy">> {
    if (name === handshakeCheck) {
        return {
            fault: Fault.Reachability,
            remedy: `Look at the workloads of ${to} and, if they are in another network, at its east-west gateway: \`kubectl get pods,services -A --selector istio=eastwestgateway\`.`,
        };
    }
    if (name === requestCheck && !/CERTIFICATE_VERIFY_FAILED|TLS_error|alert/.test(observed)) {
        return {
            fault: Fault.Reachability,
            remedy: `See whether the istiod of ${from} reads ${to} (\`istioctl remote-clusters\`), and whether the nodes of ${from} reach the east-west gateway of ${to}. \`pulumi up\` of this stack renews the link.`,
        };
    }
    if (name === readsCheck({ from, to })) {
        return {
            fault: Fault.Reachability,
            remedy: `Have this stack write the Secret and its token again: \`pulumi up --refresh\`. Without them the next istiod of ${from} knows nothing of ${to}.`,
        };
    }
    if (name.endsWith(": clock")) {
        return {
            fault: Fault.Trust,
            remedy: "Set the clocks of that cluster's nodes by NTP: certificates are not valid yet, or not any more, where clocks are wrong.",
        };
    }
    if (name.startsWith("refused:")) {
        return {
            fault: Fault.Trust,
            remedy: `Let the workloads of ${to} require mutual TLS (PeerAuthentication STRICT) and trust the mesh's roots alone.`,
        };
    }
    return {
        fault: Fault.Trust,
        remedy: `Bring the stacks of ${from} and ${to} up under one root. The command \`verify\` then shows which proxies lag behind.`,
    };
}

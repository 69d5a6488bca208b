import { capture } from "../toolchain/run";
import type { Cluster } from "./cluster";
import { Node } from "./node";

/**
 * Joins the nodes that run, each pair by a link, so that pods and Services of one cluster are reachable from all. Nodes
 * that go down meanwhile are skipped.
 */
export async function connectNodes(clusters: readonly Cluster[]): Promise<void> {
    const running = clusters.filter((cluster) => new Node(cluster).booted);
    for (const [i, cluster] of running.entries()) {
        for (const peer of running.slice(i + 1)) {
            try {
                await link(cluster, peer);
            } catch (error) {
                // A node that goes down meanwhile removes its end of the link.
                if ([cluster, peer].every((each) => new Node(each).booted)) throw error;
            }
        }
    }
}

async function link(cluster: Cluster, peer: Cluster): Promise<void> {
    const indices = [String(cluster.index), String(peer.index)] as const;
    await run(cluster, linkScript, ...indices, String(new Node(peer).pid));
    await run(cluster, routeScript, ...indices);
    await run(peer, routeScript, indices[1], indices[0]);
}

/**
 * Arguments: the node's index, its peer's, its peer's pid. Both may still have their end of a link to a node of the same index that is
 * gone: the kernel removes it only when it gets round to removing that node's namespace. So the link says which peer it leads to.
 */
const linkScript = `
ip link show "to-$2" 2> /dev/null | grep --quiet "alias node-$3$" && exit
ip link delete "to-$2" 2> /dev/null || true
nsenter --target "$3" --net ip link delete "to-$1" 2> /dev/null || true
ip link add "to-$2" type veth peer name "to-$1" netns "$3"
ip link set "to-$2" alias "node-$3"
`;

/** Arguments: the node's index, its peer's. */
const routeScript = `
ip link set "to-$2" up
ip route replace "10.$2.0.0/16" via "10.$2.0.1" dev "to-$2" onlink src "10.$1.0.1"
`;

async function run(cluster: Cluster, script: string, ...args: string[]): Promise<void> {
    const [nsenter, ...enter] = new Node(cluster).enter;
    await capture(nsenter, [...enter, "sh", "-euc", script, "sh", ...args]);
}

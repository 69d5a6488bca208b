import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { projectDir } from "../paths";
import type { Cluster } from "./cluster";
import { Daemon } from "./daemon";
import { until } from "./until";

/**
 * The machine that a cluster's programs believe to have for themselves: a network and a mount namespace, kept by one
 * sleeping process. /run, /var/lib and /var/log are the cluster's own there, so every program can use its usual
 * paths; mounts, interfaces, routes and firewall rules all vanish with the last process of the cluster.
 */
export class Node {
    private readonly holder: Daemon;
    private readonly bootedFile: string;

    constructor(private readonly cluster: Cluster) {
        this.holder = new Daemon(cluster, "node");
        this.bootedFile = cluster.path("var", "booted");
    }

    get booted(): boolean {
        return existsSync(this.bootedFile) && this.holder.pid !== undefined && this.cluster.cgroup.isWhole;
    }

    /** Creates the namespaces. What runs of the cluster ends first; its files stay, as in a reboot. */
    async boot(): Promise<void> {
        const { cgroup, loadBalancerPrefix, nodeIp, serviceCidr } = this.cluster;
        await cgroup.kill();
        await cgroup.remove();
        cgroup.create();
        rmSync(this.bootedFile, { force: true });
        for (const dir of ["lib", "log"])
            mkdirSync(this.cluster.path("var", dir), { recursive: true, mode: 0o700 });
        this.holder.start([
            ...["unshare", "--mount", "--net", "--propagation", "slave"],
            ...["sh", "-euc", bootScript, "node", this.cluster.path("var"), nodeIp, serviceCidr, projectDir],
            `${loadBalancerPrefix}.0/24`,
        ]);
        await until(
            `the namespaces of cluster ${this.cluster.name}`,
            () => (this.booted ? undefined : "the node has not booted"),
            { limit: 10_000, interval: 10, hint: () => this.holder.lastWords },
        );
    }

    /** The process that keeps the namespaces. @throws when the node is down */
    get pid(): number {
        const { pid } = this.holder;
        if (pid === undefined) throw new Error(`the node of cluster ${this.cluster.name} is down`);
        return pid;
    }

    /** The beginning of a command line that runs on the node. */
    get enter(): [string, ...string[]] {
        return ["nsenter", "--target", String(this.pid), "--mount", "--net", "--"];
    }

    /** Whether a process on the node listens on this TCP port, by proc_pid_net(5). */
    listens(port: number): boolean {
        const local = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
        const sockets = ["tcp", "tcp6"].flatMap((table) =>
            readFileSync(`/proc/${this.pid}/net/${table}`, "utf8").split("\n"),
        );
        return sockets.some((socket) => socket.includes(local) && / 0A /.test(socket));
    }

    /** The path by which the machine sees a file of the node. */
    file(path: string): string {
        return `/proc/${this.pid}/root${path}`;
    }
}

/**
 * Arguments: the cluster's `var` folder, the node's address, the service network, the checkout, the load balancers' network.
 * The checkout stays visible where it is, even below a folder that the node's own hides.
 * The kubelet sets kernel parameters that belong to the whole machine, so it is shown files that hold what it wants.
 * Services need a route to be reachable from the node itself, though kube-proxy redirects every packet.
 */
const bootScript = `
exec 3< "$4"
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind "$1/log" /var/log
mount --bind "$1/lib" /var/lib
if [ ! -d "$1" ]; then
    mkdir -p "$4"
    mount --no-canonicalize --bind /proc/self/fd/3 "$4"
fi
exec 3<&-
while read -r parameter value; do
    file=/run/sysctl/$parameter
    mkdir -p "$(dirname "$file")"
    echo "$value" > "$file"
    mount --bind "$file" "/proc/sys/$parameter"
done <<end
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
end
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link set lo up
ip address add "$2/32" dev lo
ip route add "$3" dev lo src "$2"
ip route add "$5" dev lo src "$2"
touch "$1/booted"
exec sleep infinity
`;

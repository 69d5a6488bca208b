/** What is known, while many proxies are asked, of the kubelets that open the connections to them. */
export class Kubelets {
    private readonly lastOpened = new Map<string, number>();
    private readonly silent = new Set<string>();

    /** A node's kubelet has opened a connection. */
    opened(node: string): void {
        this.lastOpened.set(node, Date.now());
    }

    /** It has not opened one in time. It hangs if it has not opened any other either since this one was asked for. */
    timedOut(node: string, began: number): void {
        if ((this.lastOpened.get(node) ?? 0) < began) {
            this.silent.add(node);
        }
    }

    /** Whether it is known to hang. */
    hangs(node: string): boolean {
        return this.silent.has(node);
    }
}

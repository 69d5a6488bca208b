import { rmSync } from "node:fs";
import { Cgroup } from "./cgroup";
import { Cluster } from "./cluster";
import { writeMergedKubeconfig } from "./kubeconfig";
import { shared, withLock } from "./lock";
import { inParallel } from "./inParallel";

/** What {@link down} reports. */
export interface DownOptions {
    /** Called with what begins. */
    onStep?: (cluster: string, step: string) => void;
}

/**
 * Removes clusters, running or not, with all that they hold; their images are kept for the next `up`.
 *
 * @param names - default: all of this checkout, including those whose folder is gone
 */
export async function down(names?: readonly string[], { onStep }: DownOptions = {}): Promise<void> {
    const all = new Set([...Cluster.folders(), ...Cgroup.names()]);
    await inParallel(names ?? all, (name) =>
        withLock(name, async () => {
            const dir = Cluster.dir(name);
            const cgroup = new Cgroup(name);
            onStep?.(name, "ending its processes");
            await cgroup.kill();
            await cgroup.remove();
            onStep?.(name, "removing its files");
            await withLock(shared, () => {
                rmSync(dir, { recursive: true, force: true });
                writeMergedKubeconfig(Cluster.all());
            });
        }),
    );
}

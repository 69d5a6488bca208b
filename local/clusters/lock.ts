import { once } from "node:events";
import { createServer } from "node:net";
import { checkoutPrefix } from "./checkout";
import { until } from "./until";

/**
 * Runs `action` while no other process of this checkout does anything under the same lock: that of one cluster, for
 * its `up` and `down`, or that of what all clusters share, for moments only. The lock is an abstract Unix socket: the
 * kernel frees it when its holder ends, however it ends.
 *
 * @throws when another process holds the lock for more than ten minutes
 */
export async function withLock<T>(name: string, action: () => T | Promise<T>): Promise<T> {
    const lock = createServer();
    await until(
        `the lock of ${name}`,
        async () => {
            lock.listen(`\0${checkoutPrefix}-${name}`);
            return once(lock, "listening").then(
                () => undefined,
                () => "another command is at work on it",
            );
        },
        { limit: 600_000 },
    );
    try {
        return await action();
    } finally {
        lock.close();
    }
}

/** The lock of the folder of clusters, the merged kubeconfig and the links. No cluster can have this name. */
export const shared = "*";

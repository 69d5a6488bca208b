import { once } from "node:events";
import { createServer } from "node:net";
import { checkoutPrefix } from "./checkout";
import { until } from "./until";

/**
 * Runs `action` while no other process changes this checkout's clusters. The lock is an abstract Unix socket:
 * the kernel frees it when its holder ends, however it ends.
 *
 * @throws when another process holds the lock for more than ten minutes
 */
export async function withLock<T>(action: () => Promise<T>): Promise<T> {
    const lock = createServer();
    await until(
        "the lock of this checkout's clusters",
        async () => {
            lock.listen(`\0${checkoutPrefix}`);
            return once(lock, "listening").then(
                () => undefined,
                () => "another `up` or `down` is running",
            );
        },
        { limit: 600_000, interval: 200 },
    );
    try {
        return await action();
    } finally {
        lock.close();
    }
}

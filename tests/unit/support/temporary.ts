import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Runs a test, synchronous or not, with an empty folder that is removed afterwards. */
export function inTemporaryFolder<T extends void | Promise<void>>(test: (dir: string) => T): T {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "istio-plugin-ca-"));
    const remove = () => fs.rmSync(dir, { recursive: true });
    let result: T;
    try {
        result = test(dir);
    } catch (error) {
        remove();
        throw error;
    }
    if (result instanceof Promise) {
        return result.finally(remove) as T;
    }
    remove();
    return result;
}

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Runs a test in an empty folder that is removed afterwards. */
export async function inTemporaryFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-plugin-ca-"));
    try {
        await test(folder);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

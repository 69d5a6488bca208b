import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Uses a folder that is gone afterwards. */
export function inTemporaryFolder(use: (dir: string) => void): void {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "unit-"));
    try {
        use(dir);
    } finally {
        fs.rmSync(dir, { recursive: true });
    }
}

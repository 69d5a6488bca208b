import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The empty files that a killed pulumi has left in a backend of files, by which every later pulumi ends with `EOF`. Each describes the form
 * of the file next to it (gocloud.dev/blob/fileblob, attrs.go) and holds no state; without it, the default is taken.
 *
 * @param backend - the backend's address
 */
export function emptyFiles(backend: string): string[] {
    if (!backend.startsWith("file:///")) {
        return [];
    }
    const dir = path.join(fileURLToPath(backend.replace(/\?.*/, "")), ".pulumi");
    return fs
        .globSync("**/*.attrs", { cwd: dir })
        .map((file) => path.join(dir, file))
        .filter((file) => fs.statSync(file).size === 0);
}

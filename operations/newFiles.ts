import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Writes files for their owner alone (mode 0600 from their birth): all of them, or none where one cannot be written. Each takes
 * its name's place in one go: a file or a symbolic link of that name is replaced and never written through.
 *
 * @param dir - made, mode 0700, if it is missing
 * @returns the files' paths
 * @throws Error where others can change what is in the folder, or it is no folder.
 */
export function writeFiles(dir: string, files: Record<string, string>): string[] {
    if (fs.statSync(dir, { throwIfNoEntry: false })?.isFile()) {
        throw new Error(`${dir} is a file. Nothing was written. Name a folder.`);
    }
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    refuseOthers(dir);
    const names = Object.keys(files);
    const folders = names.filter((name) =>
        fs.lstatSync(path.join(dir, name), { throwIfNoEntry: false })?.isDirectory(),
    );
    if (folders.length > 0) {
        throw new Error(`${path.join(dir, folders[0]!)} is a folder. Nothing was written.`);
    }
    const work = path.join(dir, `.${randomBytes(8).toString("hex")}`);
    // Not recursive: it fails where somebody was there first.
    fs.mkdirSync(work, { mode: 0o700 });
    try {
        for (const [name, text] of Object.entries(files)) {
            fs.writeFileSync(path.join(work, name), text, { flag: "wx", mode: 0o600 });
        }
        return names.map((name) => {
            const file = path.join(dir, name);
            fs.renameSync(path.join(work, name), file);
            return file;
        });
    } finally {
        fs.rmSync(work, { recursive: true, force: true });
    }
}

function refuseOthers(dir: string): void {
    const folder = fs.lstatSync(path.resolve(dir));
    const fault = folder.isSymbolicLink()
        ? "is a symbolic link"
        : folder.uid !== (process.getuid?.() ?? folder.uid)
          ? "belongs to somebody else"
          : (folder.mode & 0o002) !== 0
            ? "can be written by everybody"
            : undefined;
    if (fault) {
        throw new Error(`${dir} ${fault}. Nothing was written. Name a folder of your own.`);
    }
}

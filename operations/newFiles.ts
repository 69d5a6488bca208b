import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Writes files that only their owner can read (created with mode 0600): all of them, or none if one cannot be written. An existing
 * file or symbolic link of the same name is replaced at once and never written through.
 *
 * @param dir - created with mode 0700 if it is missing
 * @returns the files' paths
 * @throws Error if others can change the folder's content, or it is not a folder.
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
    // Not recursive, so it fails if somebody else has created it.
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

/**
 * Refuses a folder that would mix two sets of files, such as the CRLs of an earlier CA with the files of another.
 *
 * @param known - the names of files that are read together
 * @param written - those that are about to be written
 * @throws Error with the files that would be left over.
 */
export function refuseLeftovers(dir: string, known: readonly string[], written: readonly string[]): void {
    const left = known.filter((name) => !written.includes(name) && fs.existsSync(path.join(dir, name)));
    if (left.length > 0) {
        throw new Error(
            `${dir} holds ${left.join(", ")}, which would be read together with the files of this CA. Nothing was written. Name another folder, or remove ${left.length === 1 ? "that file" : "those files"}.`,
        );
    }
}

function refuseOthers(dir: string): void {
    const folder = fs.lstatSync(path.resolve(dir));
    const fault = folder.isSymbolicLink()
        ? "is a symbolic link"
        : folder.uid !== (process.getuid?.() ?? folder.uid)
          ? "belongs to another user"
          : (folder.mode & 0o002) !== 0
            ? "is writable by everybody"
            : undefined;
    if (fault) {
        throw new Error(`${dir} ${fault}. Nothing was written. Name a folder of your own.`);
    }
}

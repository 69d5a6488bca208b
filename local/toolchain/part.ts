import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Called with how far a build is.
 *
 * @param share from 0 to 1
 * @param what what it does now, for display
 */
export type OnProgress = (share: number, what: string) => void;

/** Something that is built once and kept, in a folder named by what defines it. */
export interface Part {
    /** The first half of its folder's name, and the name of its log. */
    readonly name: string;
    /** What is built, for display: "Kubernetes v1.36.1". */
    readonly title: string;
    /** How long it takes on 2 cores with nothing cached, for display: "5 minutes". */
    readonly expected: string;
    /** The folder that holds it: `<directory>/<name>-<key>`. */
    readonly folder: string;
    /** Fills an empty folder. Reports how far it is, if it can. */
    build(folder: string, onProgress?: OnProgress): Promise<void>;
}

/** What a part is made from. */
export interface PartDefinition extends Omit<Part, "folder"> {
    /** Where parts of this kind are. */
    directory: string;
    /** Everything that decides the result, in addition to the sources: versions, flags. */
    inputs: readonly string[];
    /** Files whose content decides the result. */
    sources: readonly string[];
}

/** Names a part's folder by the hash of all that defines it. */
export function definePart(definition: PartDefinition): Part {
    const { directory, inputs, sources, ...part } = definition;
    const hash = createHash("sha256").update(JSON.stringify(inputs));
    for (const source of sources) {
        hash.update(JSON.stringify([path.basename(source), fs.readFileSync(source, "utf8")]));
    }
    return { ...part, folder: path.join(directory, `${part.name}-${hash.digest("hex").slice(0, 16)}`) };
}

/** Whether a part exists completely: its folder gets its name when it is finished. */
export function isBuilt(part: Part): boolean {
    return fs.existsSync(part.folder);
}

/**
 * Builds a part unless it is there: into a folder of this process, which gets the part's name at the end. An interrupted
 * build leaves nothing that counts. Older builds of the part, and what dead processes left, are removed.
 */
export async function ensurePart(part: Part, onProgress?: OnProgress): Promise<void> {
    if (isBuilt(part)) {
        return;
    }
    const unfinished = `${part.folder}.${process.pid}.tmp`;
    fs.rmSync(unfinished, { recursive: true, force: true });
    fs.mkdirSync(unfinished, { recursive: true });
    try {
        await part.build(unfinished, onProgress);
        if (!isBuilt(part)) {
            fs.renameSync(unfinished, part.folder);
        }
    } finally {
        fs.rmSync(unfinished, { recursive: true, force: true });
    }
    removeStale(part);
}

function removeStale(part: Part): void {
    const directory = path.dirname(part.folder);
    const stale = new RegExp(`^${part.name}-[0-9a-f]{16}(?:\\.(\\d+)\\.tmp)?$`);
    for (const entry of fs.readdirSync(directory)) {
        const match = stale.exec(entry);
        if (match && entry !== path.basename(part.folder) && !(match[1] && isAlive(Number(match[1])))) {
            fs.rmSync(path.join(directory, entry), { recursive: true, force: true });
        }
    }
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

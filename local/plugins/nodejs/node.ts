import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

/** A Node.js executable and its version, such as `v22.14.0`. */
export interface Node {
    path: string;
    version: string;
}

/** The oldest release that the Pulumi SDK runs on. */
const oldestMajor = 22;

/** The Node.js on PATH; if that is too old for the Pulumi SDK, the one that runs this host. */
export async function findNode(): Promise<Node> {
    const own = { path: process.execPath, version: process.version };
    const found = onPath("node");
    if (!found || realpathSync(found) === realpathSync(own.path)) {
        return { ...own, path: found ?? own.path };
    }
    // Without the environment, which may hold the stack's passphrase.
    const { stdout } = await promisify(execFile)(found, ["--version"], { env: {} });
    const version = stdout.trim();
    return Number(/^v(\d+)/.exec(version)?.[1]) >= oldestMajor ? { path: found, version } : own;
}

/** The version of the npm on PATH, read from its package without starting it. */
export function npmVersion(): string | undefined {
    const npm = onPath("npm");
    try {
        const manifest = path.join(path.dirname(realpathSync(npm!)), "..", "package.json");
        return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
    } catch {
        return undefined;
    }
}

function onPath(name: string): string | undefined {
    const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
    return folders.map((folder) => path.resolve(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

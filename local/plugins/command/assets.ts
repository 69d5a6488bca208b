import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { archiveSignature, assetSignature, signatureKey } from "../properties";
import { PropertyMap } from "../provider";

/** The files below a folder that the globs choose, by their path relative to it, sorted. */
export function matchingFiles(dir: string, globs: string[]): string[] {
    const rules = globs.map((glob) => ({ excludes: glob.startsWith("!"), pattern: globPattern(glob) }));
    return readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
        .filter((file) => rules.findLast(({ pattern }) => pattern.test(file))?.excludes === false)
        .sort();
}

/** The output `assets`. */
export function assetsOf(dir: string, files: string[]): PropertyMap {
    return Object.fromEntries(files.map((file) => [file, asset(path.join(dir, file))]));
}

/** The output `archive`; its hash is that of a tar file as the engine would write it. */
export function archiveOf(dir: string, files: string[]): PropertyMap {
    const assets = files.map((file) => [file, { ...asset(path.join(dir, file)), text: "", uri: "" }]);
    return {
        [signatureKey]: archiveSignature,
        assets: Object.fromEntries(assets) as PropertyMap,
        hash: tarHash(dir, files),
        path: "",
        uri: "",
    };
}

function asset(file: string): PropertyMap {
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
    return { [signatureKey]: assetSignature, hash, path: file };
}

/** `*` is anything but `/`, `**` anything, `?` one character; `[…]` and `{a,b}` choose. */
function globPattern(glob: string): RegExp {
    const source = glob
        .replace(/^!/, "")
        .replace(/\*\*|[*?{},.+^$()|\\]/g, (token) => tokens[token] ?? `\\${token}`);
    return new RegExp(`^${source}$`);
}

const tokens: Record<string, string> = {
    "**": ".*",
    "*": "[^/]*",
    "?": "[^/]",
    "{": "(?:",
    "}": ")",
    ",": "|",
};

function tarHash(dir: string, files: string[]): string {
    const hash = createHash("sha256");
    for (const file of files) {
        const content = readFileSync(path.join(dir, file));
        hash.update(tarHeader(file, content.length))
            .update(content)
            .update(Buffer.alloc(-content.length & 511));
    }
    return hash.update(Buffer.alloc(1024)).digest("hex");
}

/** A ustar header with mode 0600 and everything else zero. */
function tarHeader(name: string, size: number): Buffer {
    const header = Buffer.alloc(512);
    const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
    header.write(name, 0, 100);
    header.write(octal(0o600, 7), 100);
    header.write(octal(0, 7), 108);
    header.write(octal(0, 7), 116);
    header.write(octal(size, 11), 124);
    header.write(octal(0, 11), 136);
    header.write(" ".repeat(8) + "0", 148);
    header.write("ustar\u000000", 257);
    header.write(octal(0, 7), 329);
    header.write(octal(0, 7), 337);
    header.write(
        `${octal(
            header.reduce((sum, byte) => sum + byte, 0),
            6,
        )}\0 `,
        148,
    );
    return header;
}

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** Writes a file, readable by its owner only, so that it exists completely or not at all. Creates its folder. */
export function writeFileAtomically(file: string, content: string): void {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
}

/** The last lines of a text file, none if it does not exist. */
export function tail(file: string, lines = 10): string {
    if (!existsSync(file)) return "";
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

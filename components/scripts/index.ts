import * as fs from "node:fs";
import * as path from "node:path";

/** The text of a script beside this file, for a Command: its text, unlike its path, is the same on every machine. */
export function readScript(file: string): string {
    return fs.readFileSync(path.join(__dirname, file), "utf8");
}

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** What the program is made of, scripts and WebAssembly among it; as for its bundle (`program/bundle.cjs`). */
export const programSources = [
    "index.ts",
    "debugMessages.ts",
    "config",
    "stacks",
    "components",
    "kube",
    "pki",
    "verify",
    "program",
    "Pulumi.yaml",
];

const checkout = path.join(__dirname, "..");

let version: string | undefined;

/** A digest of the program and of its npm packages, hex: another version may do something else with the same inputs. */
export function programVersion(): string {
    return (version ??= digest());
}

function digest(): string {
    // The npm package's command line has no program: it cannot know whether a stack's is the same, and brings up all of them.
    if (!fs.existsSync(path.join(checkout, "index.ts"))) {
        return "unknown";
    }
    const hash = createHash("sha256");
    const installed = path.join("node_modules", ".package-lock.json");
    for (const file of [...programSources.flatMap(filesIn), installed]) {
        const content = fs.readFileSync(path.join(checkout, file));
        hash.update(`\n${file} ${content.length}\n`).update(content);
    }
    return hash.digest("hex");
}

function filesIn(source: string): string[] {
    const at = path.join(checkout, source);
    if (fs.statSync(at).isFile()) {
        return [source];
    }
    const entries = fs.readdirSync(at, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(checkout, path.join(entry.parentPath, entry.name)))
        .sort();
}

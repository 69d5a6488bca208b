import * as fs from "node:fs";
import * as path from "node:path";
import { readCaFiles } from "../config/caSource";
import { checkCa } from "../pki/rules/checkCa";
import { formatFindings } from "../pki/rules/finding";

/** An input that people bring, with what istiod and Envoy really did with it; its certificates are valid at {@link fieldTime}. */
export interface FieldCase {
    id: string;
    kind: string;
    /** What it is. */
    what: string;
    /** What really happens. */
    truth: string;
    /** The exit status of `check`; null: either. */
    exit: number | null;
    /** Patterns of what it prints. */
    must: string[];
    /** Its arguments; CASE is the folder of the files. */
    args: string;
    /** By their path; base64 if they are not text. */
    files: Record<string, string | { base64: string }>;
}

const folder = path.join(__dirname, "fixtures", "field-cases");

/** When the inputs were made and judged. */
export const fieldTime = new Date("2026-11-26T12:00:00Z");

/** All of them, by file of their kind. */
export function fieldCases(): FieldCase[] {
    return fs.readdirSync(folder).flatMap((file) => {
        const cases = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Omit<
            FieldCase,
            "kind"
        >[];
        return cases.map((each) => ({ ...each, kind: path.basename(file, ".json") }));
    });
}

/** Judges an input as `npm run check` does. @param dir - an empty folder for its files */
export function checkFieldCase({ args, files }: FieldCase, dir: string): { exit: number; output: string } {
    for (const [name, content] of Object.entries(files)) {
        const file = path.join(dir, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
    }
    const [source, ...options] = args.replaceAll("CASE", dir).split(" ");
    const others = options.filter((option) => option !== "--other-root");
    try {
        const findings = checkCa(readCaFiles(source!), {
            now: fieldTime,
            otherRootCerts: others.map((file) => fs.readFileSync(file, "utf8")),
        });
        const refused = findings.some(({ severity }) => severity === "error");
        return { exit: refused ? 1 : 0, output: formatFindings(findings) };
    } catch (error) {
        return { exit: 1, output: (error as Error).message };
    }
}

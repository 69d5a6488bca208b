import * as fs from "node:fs";
import * as path from "node:path";
import { CaFiles, readFileNames, SecretData, secretFiles } from "../pki/caFiles";
import { startsWithPem } from "../pki/pemMarks";
import { yaml } from "./yaml";

/** The size limit of a file, bytes: four times that of a Secret. */
const maxBytes = 4 * 1024 * 1024;

/**
 * The files of a CA: those of a folder, as Istio's tools/certs writes one, or of the Secret in a YAML or JSON file, which may be one of
 * several or in a List, and come through a pipe. Of a folder, only the files that istiod reads are looked at.
 *
 * @throws Error if there is neither, naming the source and none of its content.
 */
export function readCaFiles(source: string): CaFiles {
    if (!fs.existsSync(source)) {
        throw new Error(`${source} does not exist`);
    }
    return fs.statSync(source).isDirectory() ? folderFiles(source) : manifestFiles(source);
}

function folderFiles(folder: string): CaFiles {
    const present = readFileNames.filter((name) => fs.existsSync(path.join(folder, name)));
    const faults: string[] = [];
    const files = present.map((name) => {
        const file = path.join(folder, name);
        const text = fs.statSync(file).isFile() ? readBounded(file) : new Error("it is not a file");
        if (text instanceof Error) {
            faults.push(`${file} cannot be read: ${text.message}`);
        }
        return [name, text] as const;
    });
    if (faults.length > 0) {
        throw new Error(faults.join("; "));
    }
    return Object.fromEntries(files) as CaFiles;
}

/** The files of a manifest's Secret; if it has several, of the one that holds a CA. */
function manifestFiles(source: string): CaFiles {
    const text = readBounded(source);
    if (text instanceof Error) {
        throw new Error(`${source} cannot be read: ${text.message}`);
    }
    if (startsWithPem(text)) {
        throw new Error(
            `${source} is PEM. Name the folder that holds ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem`,
        );
    }
    const { objects, faults } = parseManifest(text);
    const secrets = objects.filter((each) => each.kind === "Secret");
    const secret = secrets.find(holdsCa) ?? secrets[0];
    if (!secret) {
        throw new Error(`${source} ${faults.length > 0 ? notYaml(faults) : withoutSecret(objects)}`);
    }
    try {
        return secretFiles(secret);
    } catch (error) {
        throw new Error(`${source}: ${(error as Error).message}`, { cause: error });
    }
}

/** The objects of all documents, and those in lists; and the lines of the documents that are not YAML, which are left out. */
function parseManifest(text: string): { objects: SecretData[]; faults: string[] } {
    const { LineCounter, parseAllDocuments } = yaml();
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, {
        prettyErrors: false,
        logLevel: "error",
        lineCounter: lines,
    });
    return {
        objects: documents
            .filter(({ errors }) => errors.length === 0)
            .flatMap((document) => objectsIn(document.toJS())),
        faults: documents.flatMap(({ errors }) =>
            errors.map(({ pos, code }) => `line ${lines.linePos(pos[0]).line} (${code})`),
        ),
    };
}

/** The parser's own message would quote the line, which may be a key. */
function notYaml(faults: string[]): string {
    const lines = [...new Set(faults)].slice(0, 5).join(", ");
    return `is not valid YAML or JSON: ${lines}. Render a template first, and indent by spaces`;
}

function withoutSecret(objects: SecretData[]): string {
    const kinds = [...new Set(objects.map(({ kind }) => kind).filter((kind) => typeof kind === "string"))];
    const found = kinds.length > 0 ? `: it holds ${kinds.join(", ")}` : "";
    const controller = kinds.some((kind) => /Secret|Certificate/.test(kind))
        ? ", from which a controller makes the Secret in the cluster. Check that one: --context"
        : "";
    return `holds no object of kind Secret, YAML or JSON${found}${controller}`;
}

function objectsIn(value: unknown): SecretData[] {
    const list = value as { kind?: unknown; items?: unknown } | null;
    if (typeof list !== "object" || list === null) {
        return [];
    }
    return /List$/.test(String(list.kind)) && Array.isArray(list.items)
        ? list.items.flatMap(objectsIn)
        : [list as SecretData];
}

/** Whether a Secret holds the certificates of a CA, in one of the two forms that istiod reads. */
function holdsCa({ data, stringData }: SecretData): boolean {
    const names = Object.keys({ ...data, ...stringData });
    return names.includes("ca-cert.pem") || (names.includes("tls.crt") && names.includes("ca.crt"));
}

/** A file's text, or why it cannot be read. Bytes that are not UTF-8 become a character each: the rules then say what they are. */
function readBounded(file: string): string | Error {
    try {
        const descriptor = fs.openSync(file, "r");
        try {
            const chunks: Buffer[] = [];
            for (let size = 0; ;) {
                const chunk = Buffer.alloc(64 * 1024);
                const read = fs.readSync(descriptor, chunk);
                if (read === 0) {
                    break;
                }
                size += read;
                if (size > maxBytes) {
                    return new Error(
                        `it has more than ${maxBytes / 1024 / 1024} MiB; a Secret holds 1 MiB at most`,
                    );
                }
                chunks.push(chunk.subarray(0, read));
            }
            const bytes = Buffer.concat(chunks);
            const utf8 = bytes.toString();
            return Buffer.from(utf8).equals(bytes) ? utf8 : bytes.toString("latin1");
        } finally {
            fs.closeSync(descriptor);
        }
    } catch (error) {
        const reasons: Record<string, string> = {
            EACCES: "permission denied",
            EPERM: "permission denied",
            ELOOP: "its links lead in a circle",
            ENXIO: "it is not a file",
        };
        return new Error(
            reasons[String((error as NodeJS.ErrnoException).code)] ?? "it is not a readable file",
        );
    }
}

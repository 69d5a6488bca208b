import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { CaFiles } from "./pki/caFiles";

/** What is read of a Secret. */
export interface SecretData {
    kind?: string;
    data?: Record<string, string>;
    stringData?: Record<string, string>;
}

/**
 * The files of a CA: those of a folder, as Istio's tools/certs writes one, or of the Secret in a YAML or JSON file.
 *
 * @throws Error if there is neither, naming the source and none of its content.
 */
export function readCaFiles(source: string): CaFiles {
    if (!fs.existsSync(source)) {
        throw new Error(
            `${source} does not exist. Name a folder with ca-cert.pem and so on, or the file of a Secret.`,
        );
    }
    if (fs.statSync(source).isDirectory()) {
        const names = fs.readdirSync(source).filter((name) => fs.statSync(path.join(source, name)).isFile());
        return Object.fromEntries(
            names.map((name) => [name, fs.readFileSync(path.join(source, name), "utf8")]),
        );
    }
    const secret = parseAllDocuments(fs.readFileSync(source, "utf8"))
        .filter(({ errors }) => errors.length === 0)
        .map((document) => document.toJS() as SecretData | null)
        .find((each) => each?.kind === "Secret");
    if (!secret) {
        throw new Error(`${source} holds no object of kind Secret, YAML or JSON.`);
    }
    return secretFiles(secret);
}

/** The files of a Secret. */
export function secretFiles({ data = {}, stringData = {} }: SecretData): CaFiles {
    const decoded = Object.entries(data).map(([name, value]): [string, string] => [
        name,
        Buffer.from(value, "base64").toString(),
    ]);
    return { ...Object.fromEntries(decoded), ...stringData };
}

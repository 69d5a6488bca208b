import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { CaFiles, SecretData, secretFiles } from "../pki/caFiles";

/**
 * The files of a CA: those of a folder, as Istio's tools/certs writes one, or of the Secret in a YAML or JSON file.
 *
 * @throws Error if there is neither, naming the source and none of its content.
 */
export function readCaFiles(source: string): CaFiles {
    if (!fs.existsSync(source)) {
        throw new Error(`${source} does not exist`);
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
        throw new Error(`${source} holds no object of kind Secret, YAML or JSON`);
    }
    return secretFiles(secret);
}

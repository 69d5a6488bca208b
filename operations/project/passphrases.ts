import * as fs from "node:fs";
import * as path from "node:path";

/** The environment variable for a folder with a passphrase file for each of your own stacks. */
export const passphrasesVariable = "ISTIO_PLUGIN_CA_PASSPHRASES";

/**
 * The environment in which pulumi opens a stack with its passphrase from a folder: the file, and nothing that takes precedence over
 * it. Empty if the folder has no file for the stack, for example because a KMS key protects it.
 *
 * @throws Error if the file is empty, is not a regular file, or others than its owner can read it.
 */
export function passphraseVariables(folder: string, stack: string): NodeJS.ProcessEnv {
    const file = path.resolve(folder, path.basename(stack));
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`${passphrasesVariable} names ${folder}, which is not a folder.`);
    }
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (!found) {
        return {};
    }
    if (!found.isFile() || found.size === 0) {
        throw new Error(`${file}, the passphrase of stack ${stack}, is empty or not a file.`);
    }
    if ((found.mode & 0o077) !== 0) {
        const mode = (found.mode & 0o777).toString(8).padStart(3, "0");
        throw new Error(
            `${file}, the passphrase of stack ${stack}, can be read by others (mode ${mode}). Close it: chmod 600 ${file}`,
        );
    }
    return { PULUMI_CONFIG_PASSPHRASE_FILE: file, PULUMI_CONFIG_PASSPHRASE: undefined };
}

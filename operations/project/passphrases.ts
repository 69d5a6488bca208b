import * as fs from "node:fs";
import * as path from "node:path";

/** Names a folder with one file a stack that holds its passphrase, where each of your own stacks has one of its own. */
export const passphrasesVariable = "ISTIO_PLUGIN_CA_PASSPHRASES";

/**
 * What a pulumi command needs in its environment to open a stack with the passphrase that a folder holds for it: the file, and
 * nothing that would count more. Nothing where the folder holds none, as for a stack that a KMS key protects.
 *
 * @throws Error where the file is empty, is no file, or can be read by others than its owner.
 */
export function passphraseVariables(folder: string, stack: string): NodeJS.ProcessEnv {
    const file = path.resolve(folder, path.basename(stack));
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`${passphrasesVariable} names ${folder}, which is no folder.`);
    }
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (!found) {
        return {};
    }
    if (!found.isFile() || found.size === 0) {
        throw new Error(`${file} is to hold the passphrase of stack ${stack}, and is no file or empty.`);
    }
    if ((found.mode & 0o077) !== 0) {
        const mode = (found.mode & 0o777).toString(8).padStart(3, "0");
        throw new Error(
            `${file}, the passphrase of stack ${stack}, is open to others (mode ${mode}): chmod 600 ${file}`,
        );
    }
    return { PULUMI_CONFIG_PASSPHRASE_FILE: file, PULUMI_CONFIG_PASSPHRASE: undefined };
}

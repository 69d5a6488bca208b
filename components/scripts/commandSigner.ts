import { execa } from "execa";
import type { Signer } from "../../pki/intermediate";

/**
 * Signs by a shell command, which reads what is to be signed on stdin and writes the signature: with a token, a cloud's
 * key service or whatever else holds the key.
 *
 * @throws Error with its status, where it fails or writes nothing; what it says on stderr is passed on.
 */
export function commandSigner(command: string): Signer {
    return async (input) => {
        const { stdout, exitCode } = await execa(command, {
            shell: true,
            input,
            encoding: "buffer",
            stderr: "inherit",
            reject: false,
        });
        if (exitCode !== 0 || stdout.length === 0) {
            throw new Error(
                `The sign command ended with status ${exitCode ?? "none"} and wrote ${stdout.length} bytes.`,
            );
        }
        return Buffer.from(stdout);
    };
}

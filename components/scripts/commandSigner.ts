import { text } from "node:stream/consumers";
import { execa } from "execa";
import { inlineSecret, inlineSecretRemedy } from "../../pki/signCommand";
import type { Signer } from "../../pki/signer";

/** In the URI of a PKCS #11 object (RFC 7512), which OpenSSL repeats where it finds none. */
const pin = /pin-value=[^;&"'\s]+/g;

/** The whole work of a program: has the command in SIGN_COMMAND sign what comes as JSON on stdin, and writes the outcome. */
export function signStdin<T>(sign: (input: T, signer: Signer) => Promise<string>): void {
    text(process.stdin)
        .then((json) => sign(JSON.parse(json) as T, commandSigner(process.env["SIGN_COMMAND"] ?? "")))
        .then(
            (signed) => void process.stdout.write(signed),
            (error: Error) => {
                console.error(error.message);
                process.exitCode = 1;
            },
        );
}

/**
 * Signs by a shell command, which reads what is to be signed on stdin and writes the signature: with a token, a cloud's
 * key service or whatever else holds the key.
 *
 * @throws Error at once if its text holds a PIN, and later with its status if it fails or writes nothing; what it says on stderr is passed on, but for PINs.
 */
export function commandSigner(command: string): Signer {
    const inline = inlineSecret(command);
    if (inline !== undefined) {
        const why = "every process on the machine could read it among the command's arguments";
        throw new Error(`The sign command holds a secret, ${inline}…: ${why}. To do: ${inlineSecretRemedy}.`);
    }
    return async (input) => {
        const { stdout, stderr, exitCode } = await execa(command, {
            shell: true,
            input,
            encoding: "buffer",
            reject: false,
        });
        process.stderr.write(Buffer.from(stderr).toString().replaceAll(pin, "pin-value=…"));
        if (exitCode !== 0 || stdout.length === 0) {
            throw new Error(
                `The sign command ended with status ${exitCode ?? "none"} and wrote ${stdout.length} bytes.`,
            );
        }
        return Buffer.from(stdout);
    };
}

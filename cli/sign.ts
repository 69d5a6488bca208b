import * as fs from "node:fs";
import { profiles } from "../pki/profile";
import type { Signer } from "../pki/signer";
import { command, positiveInteger, readText } from "./options";
import { typed } from "./packaged";
import { runCommand } from "./runCommand";

/** Some editors on Windows begin files with it. */
const byteOrderMark = /^\uFEFF/;

interface Options {
    cluster: string;
    rootCert: string;
    rootKey?: string;
    passphraseFile?: string;
    signCommand?: string;
    days: number;
}

const examples = [
    "--silent sign -- cluster1.csr --cluster cluster1 --root-cert root-cert.pem --root-key root-key.pem > ca-cert.pem",
];

/** Signs on an offline machine, which needs no Pulumi, no cluster and no network. */
export const sign = command("sign", ...examples)
    .description("Sign a cluster's certificate request and print the intermediate's certificate, PEM.")
    .argument("<csr>", `the file with the request, as \`${typed("csr")}\` printed it; - for stdin`)
    .requiredOption("--cluster <name>", "the requesting cluster, which must be the only name in the request")
    .requiredOption("--root-cert <file>", "the root's certificate")
    .option("--root-key <file>", "the root's key, PEM, encrypted or not")
    .option("--passphrase-file <file>", "the file with the passphrase of an encrypted key")
    .option(
        "--sign-command <command>",
        "instead of a key: a shell command that reads the bytes to sign on stdin and writes the signature, such as `openssl dgst -sha256 -sign`",
    )
    .option("--days <number>", "validity in days", positiveInteger, profiles.default.intermediateValidityDays)
    .action((csr: string, options: Options) =>
        runCommand(async () => {
            const { withoutComments } = await import("../pki/csr.ts");
            const { signIntermediate } = await import("../pki/intermediate.ts");
            const { cluster, rootCert, days } = options;
            const certificate = await signIntermediate({
                csrPem: withoutComments(read(csr).replace(byteOrderMark, "")),
                cluster,
                rootCertPem: read(rootCert),
                signer: await signer(options),
                validityDays: days,
            });
            process.stdout.write(certificate);
        }),
    );

async function signer({ rootKey, passphraseFile, signCommand }: Options): Promise<Signer> {
    if ((rootKey === undefined) === (signCommand === undefined)) {
        throw new Error("Name --root-key or --sign-command, but not both.");
    }
    if (signCommand !== undefined) {
        const { commandSigner } = await import("../components/scripts/commandSigner.ts");
        return commandSigner(signCommand);
    }
    const { EncryptedKey, keySigner } = await import("../pki/signer.ts");
    try {
        return keySigner(read(rootKey!), passphraseFile && read(passphraseFile).replace(/\r?\n$/, ""));
    } catch (error) {
        throw error instanceof EncryptedKey
            ? new Error(`${error.message} Name a file with its passphrase: --passphrase-file.`)
            : error;
    }
}

function read(file: string): string {
    return file === "-" ? fs.readFileSync(process.stdin.fd, "utf8") : readText(file);
}

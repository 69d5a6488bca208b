import * as fs from "node:fs";
import { Command } from "commander";
import { commandSigner } from "../components/scripts/commandSigner";
import { withoutComments } from "../pki/csr";
import { signIntermediate } from "../pki/intermediate";
import { profiles } from "../pki/profile";
import { keySigner, Signer } from "../pki/signer";
import { positiveInteger, readText } from "./options";
import { main } from "./tasks";

/** Some editors on Windows begin a file with it. */
const byteOrderMark = /^\uFEFF/;

interface Options {
    cluster: string;
    rootCert: string;
    rootKey?: string;
    passphraseFile?: string;
    signCommand?: string;
    days: number;
}

/** The offline machine's side of a signature: needs no Pulumi, no cluster and no network. */
export const program = new Command("sign")
    .description("Sign a cluster's certificate request and print the intermediate's certificate, PEM.")
    .argument("<csr>", "the request's file, as `npm run csr` printed it; - for stdin")
    .requiredOption("--cluster <name>", "the cluster that asks: its request must name it and nothing else")
    .requiredOption("--root-cert <file>", "the root's certificate")
    .option("--root-key <file>", "the root's key, PEM, encrypted or not")
    .option("--passphrase-file <file>", "holds the passphrase of an encrypted key")
    .option(
        "--sign-command <command>",
        "instead of a key: a shell command that reads what is to be signed on stdin and writes the signature, as `openssl dgst -sha256 -sign`",
    )
    .option("--days <number>", "validity", positiveInteger, profiles.default.intermediateValidityDays)
    .action((csr: string, options: Options) =>
        main(async () => {
            const { cluster, rootCert, days } = options;
            const certificate = await signIntermediate({
                csrPem: withoutComments(read(csr).replace(byteOrderMark, "")),
                cluster,
                rootCertPem: read(rootCert),
                signer: signer(options),
                validityDays: days,
            });
            process.stdout.write(certificate);
        }),
    );

function signer({ rootKey, passphraseFile, signCommand }: Options): Signer {
    if ((rootKey === undefined) === (signCommand === undefined)) {
        throw new Error("Name either --root-key or --sign-command.");
    }
    return signCommand === undefined
        ? keySigner(read(rootKey!), passphraseFile && read(passphraseFile).replace(/\r?\n$/, ""))
        : commandSigner(signCommand);
}

function read(file: string): string {
    return file === "-" ? fs.readFileSync(process.stdin.fd, "utf8") : readText(file);
}

if (require.main === module) {
    void program.parseAsync();
}

import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { runProgram } from "./scripts";
import type { SignInput } from "./scripts/sign";

/** Arguments of {@link CommandSignedCertificate}. */
export interface CommandSignedCertificateArgs {
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** PEM (RFC 2986). */
    certRequestPem: pulumi.Input<string>;
    /** The root's certificate, PEM. */
    rootCertPem: pulumi.Input<string>;
    /**
     * A shell command that reads what is to be signed on stdin and writes the signature, by SHA-256 (P-384: SHA-384), such
     * as `openssl dgst -sha256 -sign`. Kept as a secret; a PIN is better named by file, as in `pin-source=file:/…`.
     */
    signCommand: pulumi.Input<string>;
    /** Days; the certificate never outlives the root. */
    validityDays: pulumi.Input<number>;
    /** How often it was renewed: a change has it signed anew. */
    renewals: pulumi.Input<number>;
}

/**
 * An intermediate CA's certificate that a command signs, as IntermediateCertificate does with a key in the state: here
 * the root's key stays in a token, a cloud's key service or on a disk of its own, and never enters Pulumi.
 */
export class CommandSignedCertificate extends pulumi.ComponentResource {
    /** PEM. Public. */
    readonly certPem: pulumi.Output<string>;

    constructor(name: string, args: CommandSignedCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { signCommand, ...visible } = args;
        super("istio-plugin-ca:index:CommandSignedCertificate", name, visible, opts);
        const { cluster, validityDays, renewals } = args;
        const sign = runProgram("components/scripts/sign");
        const input = pulumi
            .all([args.certRequestPem, args.rootCertPem, validityDays])
            .apply(([csrPem, rootCertPem, validityDays]): SignInput => ({
                csrPem,
                cluster,
                rootCertPem,
                validityDays,
            }));
        const { stdout } = new local.Command(
            `${name}-sign`,
            {
                create: sign,
                update: sign,
                stdin: pulumi.jsonStringify(input),
                environment: {
                    SIGN_COMMAND: pulumi.secret(signCommand),
                    RENEWALS: pulumi.output(renewals).apply(String),
                },
                logging: "none",
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        // The command is secret, its answer is not.
        this.certPem = pulumi.unsecret(stdout).apply((pem) => `${pem.trimEnd()}\n`);
        this.registerOutputs({ certPem: this.certPem });
    }
}

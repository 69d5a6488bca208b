import * as pulumi from "@pulumi/pulumi";
import { judgedRequest } from "./certificateRequest";
import type { SignInput } from "./scripts/sign";
import { signedByCommand } from "./signingCommand";

/** Arguments of {@link CommandSignedCertificate}. */
export interface CommandSignedCertificateArgs {
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** The certificate request of the cluster, PEM (RFC 2986). */
    certRequestPem: pulumi.Input<string>;
    /** The root's certificate, PEM. */
    rootCertPem: pulumi.Input<string>;
    /**
     * A shell command that reads what is to be signed on stdin and writes the signature, by SHA-256 (P-384: SHA-384), such
     * as `openssl dgst -sha256 -sign`. Secret. A PIN is named by its file, as in `pin-source=file:/…`: one in the command is
     * refused.
     */
    signCommand: pulumi.Input<string>;
    /** Validity of the certificate, days. It never outlives the root. */
    validityDays: pulumi.Input<number>;
    /** How often it was renewed: a change has it signed again. */
    renewals: pulumi.Input<number>;
}

/**
 * An intermediate CA's certificate that a command signs, as IntermediateCertificate does with a key in the state: here
 * the root's key stays in a token, a cloud's key service or on a disk of its own, and never enters Pulumi.
 */
export class CommandSignedCertificate extends pulumi.ComponentResource {
    /** The signed certificate, PEM. Public. */
    readonly certPem: pulumi.Output<string>;

    constructor(name: string, args: CommandSignedCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { signCommand, ...visible } = args;
        super("istio-plugin-ca:index:CommandSignedCertificate", name, visible, opts);
        const { cluster, rootCertPem, validityDays } = args;
        const csrPem = pulumi
            .output(args.certRequestPem)
            .apply((pem) => judgedRequest(pem, cluster, this).pem);
        const input = pulumi
            .output({ csrPem, cluster, rootCertPem, validityDays })
            .apply((input): SignInput => input);
        const environment = { RENEWALS: pulumi.output(args.renewals).apply(String) };
        this.certPem = signedByCommand(
            `${name}-sign`,
            { program: "sign", input, signCommand, environment },
            this,
        );
        this.registerOutputs({ certPem: this.certPem });
    }
}

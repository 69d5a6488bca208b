import * as pulumi from "@pulumi/pulumi";
import type { CrlInput } from "./scripts/crl";
import { signedByCommand } from "./signingCommand";

/** Arguments of {@link CommandSignedCrl}. */
export interface CommandSignedCrlArgs {
    /** The certificate of the CA whose CRL it is, PEM. */
    issuerPem: pulumi.Input<string>;
    /** As that of CommandSignedCertificate. Kept as a secret. */
    signCommand: pulumi.Input<string>;
    /** When each was revoked, ISO 8601, by serial number, hex. */
    revoked: pulumi.Input<Record<string, string>>;
}

/** A CA's certificate revocation list that a command signs, again whenever what it revokes changes. */
export class CommandSignedCrl extends pulumi.ComponentResource {
    /** The signed CRL, PEM. Public. */
    readonly crlPem: pulumi.Output<string>;

    constructor(name: string, args: CommandSignedCrlArgs, opts?: pulumi.ComponentResourceOptions) {
        const { signCommand, ...visible } = args;
        super("istio-plugin-ca:index:CommandSignedCrl", name, visible, opts);
        const { issuerPem, revoked } = args;
        const input = pulumi.output({ issuerPem, revoked }).apply((input): CrlInput => input);
        this.crlPem = signedByCommand(`${name}-crl`, { program: "crl", input, signCommand }, this);
        this.registerOutputs({ crlPem: this.crlPem });
    }
}

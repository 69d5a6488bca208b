import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { runProgram } from "./scripts";
import type { CrlInput } from "./scripts/crl";

/** Arguments of {@link CommandSignedCrl}. */
export interface CommandSignedCrlArgs {
    /** The certificate of the CA whose list it is, PEM. */
    issuerPem: pulumi.Input<string>;
    /** As that of CommandSignedCertificate. Kept as a secret. */
    signCommand: pulumi.Input<string>;
    /** When each was revoked, ISO 8601, by serial number, hex. */
    revoked: pulumi.Input<Record<string, string>>;
}

/** A CA's certificate revocation list that a command signs: made anew when what it revokes changes. */
export class CommandSignedCrl extends pulumi.ComponentResource {
    /** PEM. Public. */
    readonly crlPem: pulumi.Output<string>;

    constructor(name: string, args: CommandSignedCrlArgs, opts?: pulumi.ComponentResourceOptions) {
        const { signCommand, ...visible } = args;
        super("istio-plugin-ca:index:CommandSignedCrl", name, visible, opts);
        const sign = runProgram("components/scripts/crl");
        const input = pulumi
            .all([args.issuerPem, args.revoked])
            .apply(([issuerPem, revoked]): CrlInput => ({ issuerPem, revoked }));
        const { stdout } = new local.Command(
            `${name}-crl`,
            {
                create: sign,
                update: sign,
                stdin: pulumi.jsonStringify(input),
                environment: { SIGN_COMMAND: pulumi.secret(signCommand) },
                logging: "none",
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        // The command is secret, its answer is not.
        this.crlPem = pulumi.unsecret(stdout).apply((pem) => `${pem.trimEnd()}\n`);
        this.registerOutputs({ crlPem: this.crlPem });
    }
}

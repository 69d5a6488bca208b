import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** A CA outside of Pulumi. */
export interface Signer {
    /** A shell script that reads a certificate request on stdin, PEM, and prints what the CA answers. */
    script: string;
    /** What it reads of the environment. No secrets: name files that hold them. */
    environment: Record<string, string>;
    /** The certificate and those that lead to the root, PEM, as the answer holds them. */
    chain: (answer: string) => string;
}

interface SignedByArgs {
    signer: Signer;
    /** PEM (RFC 2986). */
    certRequestPem: pulumi.Input<string>;
    /** A change has the request signed again. */
    renewals: number;
}

/** The certificate of a cluster's CA and those that lead to the root, PEM. */
export function signedBy(cluster: string, { signer, certRequestPem, renewals }: SignedByArgs) {
    const { stdout } = new local.Command(`${cluster}-sign`, {
        create: signer.script,
        update: signer.script,
        stdin: certRequestPem,
        environment: { ...signer.environment, RENEWALS: String(renewals) },
        addPreviousOutputInEnv: false,
        logging: local.Logging.None,
    });
    return stdout.apply((answer) => signer.chain(answer));
}

import * as pulumi from "@pulumi/pulumi";

/**
 * Leaves out of the SDK's debug messages what the engine answered: a resource's outputs, private keys among them, which
 * `--debug` would print.
 */
export function withholdAnswers(): void {
    const { debug } = pulumi.log;
    const withheld: typeof debug = (message, ...rest) =>
        debug(message.replace(/\bresp: [^]*$/, "resp: (withheld)"), ...rest);
    Object.assign(pulumi.log, { debug: withheld });
}

import * as pulumi from "@pulumi/pulumi";
import { hostCommand } from "./hostCommand";
import { runProgram } from "./scripts";

/** What a {@link signedByCommand} is made of. */
interface SigningCommandArgs {
    /** The program of components/scripts that has its input signed. */
    program: string;
    input: pulumi.Input<object>;
    /** The user's command. */
    signCommand: pulumi.Input<string>;
    /** Further variables, whose change has it signed again. */
    environment?: Record<string, pulumi.Input<string>>;
}

/** What a user's command signed, PEM; signed again when the input changes. */
export function signedByCommand(
    name: string,
    { program, input, signCommand, environment }: SigningCommandArgs,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    const sign = runProgram(`components/scripts/${program}`);
    const { stdout } = hostCommand(
        name,
        {
            create: sign,
            update: sign,
            stdin: pulumi.jsonStringify(input),
            environment: { SIGN_COMMAND: pulumi.secret(signCommand), ...environment },
        },
        { parent },
    );
    // The command is secret, its answer is not.
    return pulumi.unsecret(stdout).apply((pem) => `${pem.trimEnd()}\n`);
}

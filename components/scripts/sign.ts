import { text } from "node:stream/consumers";
import { SigningRequest, signIntermediate } from "../../pki/intermediate";
import { commandSigner } from "./commandSigner";

/** What {@link CommandSignedCertificate} has signed, as JSON on stdin; SIGN_COMMAND is the command. */
export type SignInput = Omit<SigningRequest, "signer" | "now">;

async function main(): Promise<void> {
    const input = JSON.parse(await text(process.stdin)) as SignInput;
    const signer = commandSigner(process.env["SIGN_COMMAND"] ?? "");
    process.stdout.write(await signIntermediate({ ...input, signer }));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});

import { text } from "node:stream/consumers";
import { CrlRequest, signCrl } from "../../pki/signedCrl";
import { commandSigner } from "./commandSigner";

/** What {@link CommandSignedCrl} has signed, as JSON on stdin; SIGN_COMMAND is the command. */
export type CrlInput = Omit<CrlRequest, "signer" | "now">;

async function main(): Promise<void> {
    const input = JSON.parse(await text(process.stdin)) as CrlInput;
    const signer = commandSigner(process.env["SIGN_COMMAND"] ?? "");
    process.stdout.write(await signCrl({ ...input, signer }));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});

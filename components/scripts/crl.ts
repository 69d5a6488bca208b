import { CrlRequest, signCrl } from "../../pki/signedCrl";
import { signStdin } from "./commandSigner";

/** What {@link CommandSignedCrl} has signed, as JSON on stdin. */
export type CrlInput = Omit<CrlRequest, "signer" | "now">;

signStdin((input: CrlInput, signer) => signCrl({ ...input, signer }));

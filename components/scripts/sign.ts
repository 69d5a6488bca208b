import { SigningRequest, signIntermediate } from "../../pki/intermediate";
import { signStdin } from "./commandSigner";

/** What {@link CommandSignedCertificate} has signed, as JSON on stdin. */
export type SignInput = Omit<SigningRequest, "signer" | "now">;

signStdin((input: SignInput, signer) => signIntermediate({ ...input, signer }));

import { ConfigReader } from "./reader";
import { OutsideSigner } from "./settings";

const signers = ["stack", "outside"] as const;

/** The stack that signs a cluster's intermediate; undefined if an outside signer does. */
export function readSigningStack(reader: ConfigReader): string | undefined {
    return reader.oneOf("signer", signers) === "outside" ? undefined : (reader.text("rootStack") ?? "root");
}

/** The settings with what an outside signer gave. */
const pair = ["certificate", "trustBundle"];

/** Who signs a cluster's intermediate: the stack of this name, or an outside signer and what it gave. */
export function readSigner(reader: ConfigReader): string | OutsideSigner {
    const stack = readSigningStack(reader);
    const certificate = reader.certificates("certificate");
    const trustBundle = reader.certificates("trustBundle");
    if (stack === undefined) {
        for (const [key, other] of [pair, pair.toReversed()] as [string, string][]) {
            if (reader.text(key) === undefined && reader.text(other) !== undefined) {
                const remedy = "name the file that the outside signer gave";
                reader.fault(key, undefined, "both files or none", remedy);
            }
        }
        return { certificate, trustBundle };
    }
    for (const key of pair) {
        if (reader.text(key) !== undefined) {
            reader.fault(
                key,
                reader.text(key),
                "nothing unless signer is outside",
                "set signer to outside, or remove it",
            );
        }
    }
    return stack;
}

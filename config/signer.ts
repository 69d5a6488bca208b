import { ConfigReader } from "./reader";
import { OutsideSigner } from "./settings";

const signers = ["stack", "outside"] as const;

/** Who signs a cluster's intermediate: the stack of this name, or an outside signer and what it gave. */
export function readSigner(reader: ConfigReader): string | OutsideSigner {
    const outside = reader.oneOf("signer", signers) === "outside";
    const certificate = reader.certificates("certificate");
    const trustBundle = reader.certificates("trustBundle");
    if (outside) {
        for (const [key, own, other] of [
            ["certificate", certificate, trustBundle],
            ["trustBundle", trustBundle, certificate],
        ] as const) {
            if (own === undefined && other !== undefined) {
                reader.fault(
                    key,
                    reader.text(key),
                    "both files or none",
                    "name the file that the outside signer gave",
                );
            }
        }
        return { certificate, trustBundle };
    }
    for (const key of ["certificate", "trustBundle"]) {
        if (reader.text(key) !== undefined) {
            reader.fault(
                key,
                reader.text(key),
                "nothing unless signer is outside",
                "set signer to outside, or remove it",
            );
        }
    }
    return reader.text("rootStack") ?? "root";
}

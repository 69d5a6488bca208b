import { SourceSecret } from "../config/meshSettings";
import { ReadySettings, SourceFiles } from "../config/settings";
import { CaBundle } from "../pki/caBundle";
import { CaFiles, SigningCa, signingCa } from "../pki/caFiles";
import { encodePem, firstBlock } from "../pki/pem";
import { checkCa } from "../pki/rules/checkCa";
import { formatFindings } from "../pki/rules/finding";
import type { OwnCa } from "./plan";
import { Refused } from "./refusal";

/** A CA that somebody else made, from its files or from a Secret, as it is now. @throws Refused if it cannot be plugged in. */
export async function readyCa({ ca, trustDomain }: ReadySettings): Promise<OwnCa> {
    const { source, files } = "files" in ca ? ca : await secretFiles(ca);
    const checked = check(source, files, trustDomain);
    const key = firstBlock(checked.caKey.text)!;
    return {
        source,
        bundle: bundleOf(source, checked),
        // Encoded again, as the certificates are: what was judged is what istiod reads.
        privateKeyPem: encodePem(key.type, key.der),
    };
}

/** @throws Refused if Node.js cannot read a certificate, although Go can. */
function bundleOf(source: string, checked: SigningCa): CaBundle {
    try {
        return CaBundle.checked(checked);
    } catch (error) {
        const found = `The CA in ${source} cannot be plugged in: ${(error as Error).message}`;
        const remedy = "Have the certificate issued again by software that writes strict DER.";
        throw new Refused([{ id: "ca-breaks-rules", found, remedy }]);
    }
}

async function secretFiles(secret: SourceSecret): Promise<SourceFiles> {
    const source = `Secret ${secret.namespace}/${secret.name} of context ${secret.context}`;
    const { readCaSecret } = await import("../kube/caSecret.ts");
    const files = await readCaSecret(secret).catch((error: Error) => error);
    if (files === undefined || files instanceof Error) {
        const [reason, remedy] =
            files === undefined
                ? ["it does not exist", "Name the Secret that holds the CA, or have it created."]
                : [files.message, "Run this again when the cluster answers and lets you read it."];
        const found = `${source}, which the setting caSecret names, cannot be read: ${reason}.`;
        throw new Refused([{ id: "cluster-unreadable", found, remedy }]);
    }
    return { source, files };
}

/** @throws Refused with everything that istiod or workloads would reject. */
function check(source: string, files: CaFiles, trustDomain: string): SigningCa {
    const errors = checkCa(files, { trustDomain }).filter(({ severity }) => severity === "error");
    const ca = signingCa(files);
    if (errors.length > 0 || "missing" in ca) {
        const found = `The CA in ${source} cannot be plugged in:\n${formatFindings(errors)}`;
        throw new Refused([{ id: "ca-breaks-rules", found, remedy: "Fix what the errors above name." }]);
    }
    return ca;
}

import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAccess } from "../config/meshSettings";
import type { CaBundle } from "../pki/caBundle";
import { caCertsSecretName, CaFiles, keyFile, PublicFiles, rootCertFile } from "../pki/caFiles";
import type { Certificate } from "../pki/certificate";
import { publicKeyIn } from "../pki/pemKey";
import { Refused } from "./refusal";

/**
 * What the cluster's Secret `cacerts` holds; undefined if there is none. It is newer than the stack's outputs after an `up`
 * that failed once it had written the Secret.
 *
 * At preview a cluster that does not answer is passed over: it may not exist yet.
 *
 * @throws Refused if it cannot be read.
 */
export async function pluggedIn({ kubeconfig, context }: ClusterAccess): Promise<CaFiles | undefined> {
    if (!fs.existsSync(kubeconfig)) {
        return undefined;
    }
    const { readCaSecret } = await import("../kube/caSecret.ts");
    try {
        return await readCaSecret({
            kubeconfig,
            context,
            namespace: "istio-system",
            name: caCertsSecretName,
        });
    } catch (error) {
        if (pulumi.runtime.isDryRun()) {
            return undefined;
        }
        const found = `Secret istio-system/${caCertsSecretName} of context ${context} cannot be read: ${(error as Error).message}.`;
        const remedy = "Run this again when the cluster answers and lets you read it.";
        throw new Refused([{ id: "cluster-unreadable", found, remedy }]);
    }
}

/** What root-cert.pem is about to replace: the cluster's, otherwise what the outputs say. */
export function replacedFiles(
    present: CaFiles | undefined,
    last: CaBundle | undefined,
): PublicFiles | undefined {
    return present?.[rootCertFile] === undefined ? last?.files : (present as PublicFiles);
}

/** The key in a CA's files, PEM, if it is the one of this certificate. */
export function keyOf(certificate: Certificate, files: CaFiles = {}): string | undefined {
    const key = String(files[keyFile(files)]);
    try {
        return publicKeyIn(key).equals(certificate.publicKey) ? key : undefined;
    } catch {
        return undefined;
    }
}

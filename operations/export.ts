import { createPublicKey, KeyObject } from "node:crypto";
import { caCertFile, caKeyFile, rootCertFile } from "../pki/caFiles";
import { Certificate } from "../pki/certificate";
import { writeFiles } from "./newFiles";
import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** The file of the root's key, as Istio's tools/certs names it. */
const rootKeyFile = "root-key.pem";

/**
 * Writes a stack's CA as files, mode 0600: of a cluster the four files of cacerts, of root the certificate and the key of the
 * root that signs.
 *
 * @returns the files' paths.
 */
export async function exportFiles(project: Project, stackName: string, dir: string): Promise<string[]> {
    const stack = await project.open(stackName);
    const {
        files,
        trustBundle,
        root,
        status = "it was never deployed",
    } = await stackOutputs(project, stackName);
    const certificate = files
        ? files[caCertFile]
        : Certificate.all(trustBundle ?? "").find(({ fingerprint }) => fingerprint === root?.fingerprint);
    if (certificate === undefined) {
        throw new Error(`Stack ${stackName} has no CA yet (${status}).`);
    }
    const { deployment } = (await stack.exportStack()) as { deployment: Deployment };
    const key = keyOf(certificate.toString(), deployment.resources);
    return writeFiles(
        dir,
        files
            ? { ...(files as unknown as Record<string, string>), [caKeyFile]: key }
            : { [rootCertFile]: certificate.toString(), [rootKeyFile]: key },
    );
}

interface Deployment {
    resources: {
        type: string;
        outputs?: { publicKeyPem?: string; privateKeyPemPkcs8?: { plaintext: string } };
    }[];
}

/** The private key that belongs to a certificate, PKCS #8 PEM, found by its public half. */
function keyOf(certificatePem: string, resources: Deployment["resources"]): string {
    const wanted = Certificate.all(certificatePem)[0]!.publicKey;
    const holder = resources.find(
        ({ type, outputs }) =>
            type === "tls:index/privateKey:PrivateKey" && equals(wanted, outputs?.publicKeyPem),
    );
    const secret = holder?.outputs?.privateKeyPemPkcs8?.plaintext;
    if (secret === undefined) {
        throw new Error("The stack's state holds no private key for its certificate.");
    }
    return JSON.parse(secret) as string;
}

function equals(wanted: KeyObject, publicKeyPem: string | undefined): boolean {
    return publicKeyPem !== undefined && createPublicKey(publicKeyPem).equals(wanted);
}

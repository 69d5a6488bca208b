import type { KeyObject } from "node:crypto";
import { caCertFile, caFileNames, caKeyFile, rootCertFile } from "../pki/caFiles";
import { Certificate } from "../pki/certificate";
import { publicKeyIn } from "../pki/pemKey";
import { refuseLeftovers, writeFiles } from "./newFiles";
import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** The file with the root's key, named as by Istio's tools/certs. */
const rootKeyFile = "root-key.pem";

/**
 * Writes a stack's CA as files, mode 0600: for a cluster the four files of cacerts; for root the certificate and the key of the
 * root that signs.
 *
 * @returns the files' paths.
 */
export async function exportFiles(project: Project, stackName: string, dir: string): Promise<string[]> {
    const stack = await project.open(stackName);
    const { files, trustBundle, root, status = "never deployed" } = await stackOutputs(project, stackName);
    const certificates = Certificate.all(files?.[caCertFile] ?? trustBundle ?? "");
    const certificate = files
        ? certificates[0]
        : certificates.find(({ fingerprint }) => fingerprint === root?.fingerprint);
    if (certificate === undefined) {
        throw new Error(`Stack ${stackName} has no CA yet (${status}).`);
    }
    const { deployment } = (await stack.exportStack()) as { deployment: Deployment };
    const key = keyOf(certificate, deployment.resources);
    if (files) {
        refuseLeftovers(dir, caFileNames, [...Object.keys(files), caKeyFile]);
    }
    return writeFiles(
        dir,
        files
            ? { ...(files as unknown as Record<string, string>), [caKeyFile]: key }
            : { [rootCertFile]: certificate.pem, [rootKeyFile]: key },
    );
}

interface Deployment {
    resources: {
        type: string;
        outputs?: { publicKeyPem?: string; privateKeyPemPkcs8?: { plaintext: string } };
    }[];
}

/** The private key of a certificate, PKCS #8 PEM, found by its public key. */
function keyOf({ publicKey: wanted }: Certificate, resources: Deployment["resources"]): string {
    const holder = resources.find(
        ({ type, outputs }) =>
            type === "tls:index/privateKey:PrivateKey" && equals(wanted, outputs?.publicKeyPem),
    );
    const secret = holder?.outputs?.privateKeyPemPkcs8?.plaintext;
    if (secret === undefined) {
        throw new Error("The private key of the stack's certificate is missing from its state.");
    }
    return JSON.parse(secret) as string;
}

function equals(wanted: KeyObject, publicKeyPem: string | undefined): boolean {
    return publicKeyPem !== undefined && publicKeyIn(publicKeyPem).equals(wanted);
}

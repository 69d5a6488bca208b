import { createPublicKey, KeyObject } from "node:crypto";
import { caCertFile, caKeyFile, rootCertFile } from "../pki/bundle";
import { fingerprint, parseCertificates } from "../pki/certificates";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { writeFiles } from "./newFiles";
import { chosen, Project } from "./project";
import { outputsOf } from "./standing";
import { main } from "./tasks";

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
    const values = (await outputsOf(project, stackName)) as Partial<ClusterOutputs & RootOutputs>;
    const { files, trustBundle, root, status = "it was never deployed" } = values;
    const certificate = files
        ? files[caCertFile]
        : parseCertificates(trustBundle ?? "").find((each) => fingerprint(each) === root?.fingerprint);
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
    const wanted = parseCertificates(certificatePem)[0]!.publicKey;
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

/** The command, run where this file is the main module. */
export const program = stackCommand("export")
    .description("Write a stack's CA as files, as Istio's tools/certs would: ca-cert.pem, ca-key.pem, …")
    .argument("<stack>", "the stack, such as cluster1")
    .argument("<dir>", "the folder to write to")
    .action((stack: string, dir: string, options: ProjectOption) =>
        main(async () => {
            const project = await currentProject(options);
            chosen(project, [stack]);
            const files = await exportFiles(project, stack, dir);
            console.log(files.join("\n"));
        }),
    );

if (require.main === module) {
    void program.parseAsync();
}

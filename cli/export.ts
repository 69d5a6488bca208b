import { createPublicKey, KeyObject } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { caCertFile, caKeyFile, rootCertFile } from "../pki/bundle";
import { parseCertificates } from "../pki/certificates";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import { Project } from "./project";
import { main } from "./tasks";

/** The file of the root's key, as Istio's tools/certs names it. */
const rootKeyFile = "root-key.pem";

/**
 * Writes a stack's CA as files, mode 0600: of a cluster the four files of cacerts, of root its certificate and key.
 *
 * @returns the files' paths.
 */
export async function exportFiles(project: Project, stackName: string, dir: string): Promise<string[]> {
    const stack = await project.open(stackName);
    const values = Object.fromEntries(
        Object.entries(await stack.outputs()).map(([name, { value }]) => [name, value as unknown]),
    );
    const { files } = values as Partial<ClusterOutputs>;
    const { trustBundle } = values as Partial<RootOutputs>;
    if (!files && trustBundle === undefined) {
        throw new Error(
            `Stack ${stackName} has no CA yet (${(values as Partial<ClusterOutputs>).status ?? "it was never deployed"}).`,
        );
    }
    const certificate = files ? files[caCertFile] : trustBundle!;
    const { deployment } = (await stack.exportStack()) as { deployment: Deployment };
    const key = keyOf(certificate, deployment.resources);
    const all: Record<string, string> = files
        ? { ...files, [caKeyFile]: key }
        : { [rootCertFile]: trustBundle!, [rootKeyFile]: key };
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    return Object.entries(all).map(([name, text]) => {
        const file = path.join(dir, name);
        fs.rmSync(file, { force: true });
        fs.writeFileSync(file, text, { mode: 0o600 });
        return file;
    });
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

if (require.main === module) {
    const program = new Command("export")
        .description("Write a stack's CA as files, as Istio's tools/certs would: ca-cert.pem, ca-key.pem, …")
        .argument("<stack>", "the stack, such as cluster1")
        .argument("<dir>", "the folder to write to")
        .action((stack: string, dir: string) =>
            main(async () => {
                const files = await exportFiles(Project.current(), stack, dir);
                console.log(files.join("\n"));
            }),
        );
    void program.parseAsync();
}

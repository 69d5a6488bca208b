import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../components/intermediateCa";
import { ClusterSettings } from "../config/settings";
import { certificateFaults } from "../pki/certificateFaults";
import { Certificate } from "../pki/certificate";
import { publicKeyIn } from "../pki/pemKey";
import { valueOf } from "./outputs";
import { keyOf, pluggedIn } from "./pluggedIn";
import { Refusal } from "./refusal";
import { Signed, signerName } from "./signer";

/** The key that goes with a signed certificate. */
export interface SigningKey {
    /** Undefined if neither this stack nor its cluster has it: what is plugged in stays as it is. */
    privateKeyPem: pulumi.Output<string> | undefined;
    /** A warning for the user if the stack's state lacks the key or its certificate cannot be used. */
    warning?: string;
    /** Why the `up` is refused: the key is there and its certificate cannot be plugged in. */
    unusable?: Refusal;
}

/**
 * The key of a signed certificate: from this stack's state or, if it is gone from there, from the cluster's `cacerts`. A state
 * that was restored from a backup, or lost the key to `pulumi state delete`, has made a new one by now.
 *
 * @param ca - the generation that was signed
 * @throws Refused if the cluster does not show its `cacerts`.
 */
export async function signingKey(
    settings: ClusterSettings,
    { certificate, trustBundle }: Signed,
    ca: IntermediateCa,
): Promise<SigningKey> {
    const { cluster, generation, mesh } = settings;
    const publicKeyPem = await valueOf(ca.publicKeyPem);
    const [parsed] = Certificate.all(certificate.pem);
    const held = publicKeyPem !== undefined && isKeyOf(publicKeyPem, parsed);
    const faults = held ? certificateFaults(certificate.pem, publicKeyPem, trustBundle) : [];
    if (held && faults.length === 0) {
        return { privateKeyPem: ca.privateKeyPem };
    }
    const { generation: signedGeneration } = certificate;
    if (held) {
        const found = `The certificate that ${signerName(settings)} signed for generation ${signedGeneration} of cluster ${cluster} cannot be plugged in:`;
        if (generation === signedGeneration) {
            const refusal = [found, ...faults].join("\n    ");
            return {
                privateKeyPem: undefined,
                unusable: { id: "certificate-unusable", found: refusal, remedy: signAgain(settings) },
            };
        }
        const warning = [found, ...faults, `cacerts was left as it is. ${signNext(settings)}`].join("\n  ");
        return { privateKeyPem: undefined, warning };
    }
    const gone = `The key of generation ${signedGeneration} of cluster ${cluster} is gone from this stack's state`;
    const key = mesh && parsed && keyOf(parsed, await pluggedIn(mesh.access));
    const remedy =
        generation > signedGeneration ? signNext(settings) : signAnother(settings, signedGeneration + 1);
    return key === undefined
        ? { privateKeyPem: undefined, warning: `${gone}. cacerts was left as it is. ${remedy}` }
        : {
              privateKeyPem: pulumi.secret(key),
              warning: `${gone}. It was read from the cluster's cacerts, which stays as it is. ${remedy}`,
          };
}

function isKeyOf(publicKeyPem: string, certificate: Certificate | undefined): boolean {
    return certificate !== undefined && publicKeyIn(publicKeyPem).equals(certificate.publicKey);
}

function signAgain({ signer }: ClusterSettings): string {
    return typeof signer === "string"
        ? `\`pulumi up --stack ${signer}\` signs it again.`
        : `Have its request signed again: \`npm run csr -- ${pulumi.getStack()}\` prints it.`;
}

function signNext({ signer, generation }: ClusterSettings): string {
    return typeof signer === "string"
        ? `Generation ${generation} takes its place once it is signed: \`npm run up\`.`
        : `Generation ${generation} takes its place once it is signed: \`npm run csr -- ${pulumi.getStack()}\` prints its request.`;
}

function signAnother(settings: ClusterSettings, next: number): string {
    const stack = pulumi.getStack();
    return typeof settings.signer === "string"
        ? `For a new key set generation to ${next}: \`pulumi config set generation ${next} --stack ${stack}\`, then \`npm run up\`.`
        : `This \`up\` makes a new one: have its request signed, which \`npm run csr -- ${stack}\` prints.`;
}

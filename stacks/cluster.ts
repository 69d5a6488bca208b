import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../components/intermediateCa";
import { ClusterSettings } from "../config";
import { certificateFaults, publicFiles } from "../pki/bundle";
import { certificateFacts, fingerprint, parseCertificates } from "../pki/certificates";
import { mesh } from "./mesh";
import { ClusterOutputs, Exported, OfGeneration, RootOutputs, stackOutputs } from "./outputs";

/** What stack root has signed for this cluster. */
interface Signed {
    certificate: OfGeneration;
    trustBundle: string;
}

/**
 * One cluster: its intermediate CA, and once root has signed its certificate, everything that stands on it.
 *
 * The key of the generation that is signed is kept beside that of the generation asked for, so there is never a
 * certificate without its key.
 */
export async function clusterProgram(settings: ClusterSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, rootStack } = settings;
    const signed = await signedByRoot(settings);
    const generations = [...new Set([generation, signed?.certificate.generation ?? generation])];
    const cas = new Map(
        generations.map((number) => [
            number,
            new IntermediateCa(`${cluster}-${number}`, { cluster, keyAlgorithm: profile.keyAlgorithm }),
        ]),
    );
    const csr = { generation, pem: cas.get(generation)!.certRequestPem };
    if (!signed) {
        const status = `CSR exported; waiting for stack ${rootStack} to sign it`;
        void pulumi.log.info(status);
        return { status, csr };
    }
    const { certificate, trustBundle } = signed;
    const ca = cas.get(certificate.generation)!;
    const files = ca.publicKeyPem.apply((publicKeyPem) => {
        const faults = certificateFaults(certificate.pem, publicKeyPem, trustBundle);
        if (faults.length > 0) {
            const heading = `The certificate that stack ${rootStack} signed for generation ${certificate.generation} of cluster ${cluster} cannot be plugged in, cacerts was left as it is:`;
            const remedy = `Set generation to ${certificate.generation + 1} for a new key and certificate.`;
            throw new pulumi.ResourceError([heading, ...faults, remedy].join("\n  "), ca, true);
        }
        return publicFiles(certificate.pem, trustBundle, profile);
    });
    return {
        status: certificate.generation === generation ? "CA signed" : `waiting for generation ${generation}`,
        csr,
        ca: {
            ...certificateFacts(parseCertificates(certificate.pem)[0]!),
            generation: certificate.generation,
        },
        root: certificateFacts(parseCertificates(trustBundle)[0]!),
        files,
        ...(settings.mesh && mesh(cluster, { files, privateKeyPem: ca.privateKeyPem }, settings.mesh)),
    };
}

/**
 * What root has signed for this cluster; undefined before it did so for the first time, and after a `destroy`: a stack
 * that has asked for nothing holds no key, so what root still has was signed for one that is gone.
 *
 * @throws pulumi.RunError where going on would take away a CA that is plugged in, or trust that workloads rely on.
 */
async function signedByRoot({
    cluster,
    generation,
    rootStack,
}: ClusterSettings): Promise<Signed | undefined> {
    // First and alone: a file backend cannot be read while the engine writes this stack's next step to it.
    const live = stackOutputs<ClusterOutputs>(pulumi.getStack());
    const ca = await live("ca");
    const root = await live("root");
    const csr = await live("csr");
    const signer = stackOutputs<RootOutputs>(rootStack);
    const certificates = await signer("certificates");
    const trustBundle = await signer("trustBundle");
    const certificate = certificates?.[cluster];
    if (!csr || !certificate || trustBundle === undefined) {
        if (ca) {
            throw refusal(
                `Stack ${rootStack} no longer holds a certificate for cluster ${cluster}, whose CA ${ca.fingerprint} is plugged in.`,
                `Name ${cluster} in its setting clusters and run \`pulumi up\` there, or take this mesh down by \`pulumi destroy\`.`,
            );
        }
        return undefined;
    }
    if (ca && generation < ca.generation) {
        throw refusal(
            `The setting generation is ${generation}, but generation ${ca.generation} is plugged in and its predecessors' keys are gone.`,
            `Set generation to ${ca.generation}, or to ${ca.generation + 1} for a new key.`,
        );
    }
    const roots = parseCertificates(trustBundle).map(fingerprint);
    if (root && !roots.includes(root.fingerprint)) {
        throw refusal(
            `The trust bundle of stack ${rootStack} is ${roots.join(", ")} and lacks the root ${root.fingerprint} that the workloads of ${cluster} trust: they would refuse each other.`,
            `Let the trust bundle hold both roots until every workload trusts the new one.`,
        );
    }
    return { certificate, trustBundle };
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(`${found} Nothing was changed. ${remedy}`);
}

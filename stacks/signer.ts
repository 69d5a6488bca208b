import { createPublicKey, KeyObject } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { ClusterSettings, OutsideSigner } from "../config/settings";
import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import { certificateFacts, fingerprint, parseCertificates } from "../pki/certificates";
import { chainTo } from "../pki/certificatePath";
import { csrPublicKeyPem } from "../pki/csr";
import { LiveOutputs, RootOutputs, SignedCertificate, stackOutputs } from "./outputs";

/** What a signer has signed for this cluster. */
export interface Signed {
    /** The intermediate's certificate; after it those that lead to the root, if there are any. */
    certificate: SignedCertificate;
    trustBundle: string;
    /** The lists of every CA in the mesh, PEM, where stack root has them. */
    crls?: string;
}

/** Who signs, in words. */
export function signerName({ signer }: ClusterSettings): string {
    return typeof signer === "string" ? `stack ${signer}` : "the outside signer";
}

/**
 * What was signed for this cluster; undefined before it was for the first time, and after a `destroy`: a stack that has
 * asked for nothing holds no key, so what a signer still has was signed for one that is gone.
 *
 * @throws pulumi.RunError where going on would take away a CA that is plugged in, or trust that workloads rely on.
 */
export async function signed(settings: ClusterSettings, live: LiveOutputs): Promise<Signed | undefined> {
    const { generation, signer } = settings;
    const found =
        typeof signer === "string"
            ? await byStack(signer, settings, live)
            : byOutsider(signer, settings, live);
    const { ca } = live;
    if (found && ca && generation < ca.generation) {
        throw refusal(
            `The setting generation is ${generation}, but generation ${ca.generation} is plugged in and its predecessors' keys are gone.`,
            `Set generation to ${ca.generation}, or to ${ca.generation + 1} for a new key.`,
        );
    }
    return found;
}

/**
 * Workloads change their roots and their certificates one by one, so what is plugged in and what is to come must trust
 * each other.
 *
 * @param signer - who made it, in words
 * @throws pulumi.RunError where they would not.
 */
export function refuseOtherRoots(
    signer: string,
    cluster: string,
    next: PublicFiles,
    { root, files }: LiveOutputs,
    remedy = `Let the trust bundle hold both roots, under the old CA, until every workload trusts the new one. Where the old root is gone for good and a new beginning does no harm: \`pulumi destroy --stack ${pulumi.getStack()}\`, then \`npm run up\`.`,
): void {
    const roots = parseCertificates(next[rootCertFile]).map(fingerprint);
    if (root && !roots.includes(root.fingerprint)) {
        throw refusal(
            `The trust bundle of ${signer} is ${roots.join(", ")} and lacks the root ${root.fingerprint} of the CA that is plugged in: workloads of ${cluster} would refuse each other.`,
            remedy,
        );
    }
    const nextRoot = rootOf(next);
    const trusted = files && parseCertificates(files[rootCertFile]).map(fingerprint);
    if (nextRoot && trusted && !trusted.includes(nextRoot.fingerprint)) {
        throw refusal(
            `The CA of ${signer} is signed by the root ${nextRoot.fingerprint}, which the workloads of ${cluster} do not trust yet: they would refuse each other.`,
            remedy,
        );
    }
}

/** The root that a CA leads to, by the certificates that come with it; undefined if to none. */
export function rootOf(files: PublicFiles): CaCertificate | undefined {
    const [ca] = CaCertificate.all(files[caCertFile]);
    const issuers = CaCertificate.all(files[certChainFile]);
    return ca && chainTo(ca, CaCertificate.all(files[rootCertFile]), issuers).at(-1);
}

async function byStack(
    rootStack: string,
    { cluster }: ClusterSettings,
    { ca, csr }: LiveOutputs,
): Promise<Signed | undefined> {
    const signer = stackOutputs<RootOutputs>(rootStack);
    const certificates = await signer("certificates");
    const trustBundle = await signer("trustBundle");
    const crls = await signer("crls");
    const certificate = certificates?.[cluster];
    if (csr && certificate && trustBundle !== undefined) {
        return { certificate, trustBundle, crls };
    }
    if (ca) {
        throw refusal(
            `Stack ${rootStack} no longer holds a certificate for cluster ${cluster}, whose CA ${ca.fingerprint} is plugged in.`,
            `Name ${cluster} in its setting clusters and run \`pulumi up\` there, or take this mesh down by \`pulumi destroy\`.`,
        );
    }
    return undefined;
}

/** The generation of an outside certificate is that of the key it was made for. */
function byOutsider(
    { certificate, trustBundle }: OutsideSigner,
    { cluster }: ClusterSettings,
    { ca, csr, files }: LiveOutputs,
): Signed | undefined {
    if (certificate === undefined || trustBundle === undefined) {
        if (ca) {
            throw refusal(
                `The settings certificate and trustBundle are empty, but the CA ${ca.fingerprint} is plugged in.`,
                "Set them to the files of the outside signer again, or take this mesh down by `pulumi destroy`.",
            );
        }
        return undefined;
    }
    if (!csr) {
        return undefined;
    }
    const [first] = parseCertificates(certificate);
    const keys: [number, KeyObject | undefined][] = [
        [csr.generation, createPublicKey(csrPublicKeyPem(csr.pem))],
        [ca?.generation ?? csr.generation, files && parseCertificates(files[caCertFile])[0]?.publicKey],
    ];
    const [generation] = keys.find(([, key]) => key && first?.publicKey.equals(key)) ?? [];
    if (generation === undefined) {
        const { subject, fingerprint } = certificateFacts(first!);
        throw refusal(
            `The certificate ${fingerprint} (${subject}) in the file that the setting certificate names was made for another key than this stack's.`,
            `Have the request of ${cluster} signed: \`npm run csr -- ${pulumi.getStack()}\` prints it.`,
        );
    }
    return { certificate: { generation, pem: certificate }, trustBundle };
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(`${found} Nothing was changed. ${remedy}`);
}

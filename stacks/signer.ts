import type { KeyObject } from "node:crypto";
import { ClusterSettings } from "../config/settings";
import { Certificate } from "../pki/certificate";
import { issuerOf } from "../pki/issuer";
import { LastOutputs, RootOutputs, SignedCertificate, stackOutputs } from "./outputs";

/** What a signer has signed for this cluster. */
export interface Signed {
    /** The intermediate's certificate; after it those that lead to the root, if there are any. */
    certificate: SignedCertificate;
    trustBundle: string;
    /** The CRLs of every CA in the mesh, PEM, if stack root has them. */
    crls?: string;
}

/** Who signs, in words. */
export function signerName({ signer }: ClusterSettings): string {
    return typeof signer === "string" ? `stack ${signer}` : "the outside signer";
}

/** What a signer has for a cluster, whether or not this stack can use it. */
export interface Offer {
    /** Of an outside signer, without a generation: that is of the key that it was signed for. */
    certificate?: Omit<SignedCertificate, "generation"> & { generation?: number };
    trustBundle?: string | undefined;
    crls?: string | undefined;
}

/** Reads what the signer has for this cluster: a stack's outputs, or the files of an outside signer. @throws Refused if the stack is missing. */
export async function readOffer(settings: ClusterSettings): Promise<Offer> {
    if (typeof settings.signer !== "string") {
        return offerOf(settings, {});
    }
    const outputs = stackOutputs<RootOutputs>(settings.signer);
    return offerOf(settings, {
        certificates: await outputs("certificates"),
        trustBundle: await outputs("trustBundle"),
        crls: await outputs("crls"),
    });
}

/** What the signer has for a cluster, of the outputs of the stack that signs. */
export function offerOf(
    { cluster, signer }: ClusterSettings,
    {
        certificates,
        trustBundle,
        crls,
    }: { [K in "certificates" | "trustBundle" | "crls"]?: RootOutputs[K] | undefined },
): Offer {
    if (typeof signer !== "string") {
        const { certificate: pem, trustBundle: roots } = signer;
        return { ...(pem !== undefined && { certificate: { pem } }), trustBundle: roots };
    }
    const certificate = certificates?.[cluster];
    return { ...(certificate && { certificate }), trustBundle, crls };
}

/** Whether there are both a certificate and the roots to trust. */
export function isComplete(
    offer: Offer | undefined,
): offer is Offer & Required<Pick<Offer, "certificate">> & { trustBundle: string } {
    return offer?.certificate !== undefined && offer.trustBundle !== undefined;
}

/**
 * What was signed for this cluster; undefined before it was for the first time, and after a `destroy`: a stack that has asked for
 * nothing holds no key, so what a signer still has was signed for one that is gone.
 */
export function usable(
    { signer }: ClusterSettings,
    last: LastOutputs,
    offer: Offer | undefined,
): Signed | undefined {
    if (!last.csr || !isComplete(offer)) {
        return undefined;
    }
    const { certificate, trustBundle, crls } = offer;
    const generation =
        typeof signer === "string" ? certificate.generation : signedGeneration(certificate.pem, last);
    return generation === undefined
        ? undefined
        : { certificate: { ...certificate, generation }, trustBundle, ...(crls !== undefined && { crls }) };
}

/** The generation of an outside certificate is that of the key it was signed for; undefined if this stack has no such key. */
export function signedGeneration(certificate: string, { ca, csr, plugged }: LastOutputs): number | undefined {
    const [first] = Certificate.all(certificate);
    const keys: [number, KeyObject | undefined][] = csr
        ? [
              [csr.generation, issuerOf(csr.pem).publicKey],
              [ca?.generation ?? csr.generation, plugged?.ca.publicKey],
          ]
        : [];
    return keys.find(([, key]) => key && first?.publicKey.equals(key))?.[0];
}

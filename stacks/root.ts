import * as pulumi from "@pulumi/pulumi";
import { CommandSignedCertificate } from "../components/commandSignedCertificate";
import { IntermediateCertificate } from "../components/intermediateCertificate";
import { RootCa } from "../components/rootCa";
import { RootSettings } from "../config/settings";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { csrFaults, csrRefusal } from "../pki/csr";
import { CaProfile, renewalWindowHours } from "../pki/profile";
import { ClusterOutputs, Exported, OfGeneration, RootOutputs, stackOutputs } from "./outputs";

/** The root CA, and a certificate for each cluster that asks for one. */
export async function rootProgram(settings: RootSettings): Promise<Exported<RootOutputs>> {
    const { clusters } = settings;
    const { certPem, sign } = await signingRoot(settings);
    const requests = await Promise.all(
        clusters.map((cluster) => stackOutputs<ClusterOutputs>(cluster)("csr")),
    );
    await refuseWrong(clusters, requests);
    const certificates: Exported<RootOutputs["certificates"]> = {};
    clusters.forEach((cluster, index) => {
        const csr = requests[index];
        if (!csr) {
            void pulumi.log.info(
                `Cluster ${cluster} has not asked for a certificate: \`pulumi up --stack ${cluster}\`.`,
            );
            return;
        }
        certificates[cluster] = { generation: csr.generation, ...sign(cluster, csr.pem) };
    });
    return {
        root: certPem.apply((pem) => certificateFacts(parseCertificates(pem)[0]!)),
        trustBundle: certPem,
        certificates,
    };
}

/** A root CA, wherever its key is. */
interface SigningRoot {
    certPem: pulumi.Output<string>;
    /** The certificate for a cluster's request. */
    sign: (cluster: string, certRequestPem: string) => Exported<Signature>;
}

type Signature = Pick<RootOutputs["certificates"][string], "pem" | "renewals">;

/** The stack's own root, or one that was there before it. */
async function signingRoot({ profile, existing }: RootSettings): Promise<SigningRoot> {
    if (existing && "signCommand" in existing) {
        const { certPem, signCommand } = existing;
        // First and alone: a file backend cannot be read while the engine writes this stack's next step to it.
        const signed = (await stackOutputs<RootOutputs>(pulumi.getStack())("certificates")) ?? {};
        const validityDays = profile.intermediateValidityDays;
        return {
            certPem: pulumi.output(certPem),
            sign: (cluster, certRequestPem) => {
                const renewals = renewalsNow(signed[cluster], profile);
                const args = {
                    cluster,
                    certRequestPem,
                    rootCertPem: certPem,
                    signCommand,
                    validityDays,
                    renewals,
                };
                return { renewals, pem: new CommandSignedCertificate(cluster, args).certPem };
            },
        };
    }
    const ca = existing
        ? { certPem: pulumi.output(existing.certPem), privateKeyPem: pulumi.secret(existing.privateKeyPem) }
        : new RootCa("root", { profile });
    return {
        certPem: ca.certPem,
        sign: (cluster, certRequestPem) => ({
            pem: new IntermediateCertificate(cluster, { cluster, certRequestPem, ca, profile }).certPem,
        }),
    };
}

/** How often a certificate was renewed, this time included where its end has come near. */
function renewalsNow(signed: Signature | undefined, profile: CaProfile, now = new Date()): number {
    const [certificate] = parseCertificates(signed?.pem ?? "");
    const renewals = signed?.renewals ?? 0;
    if (!certificate) {
        return renewals;
    }
    const hours = (from: Date) => (certificate.validToDate.getTime() - from.getTime()) / 3_600_000;
    const due = hours(now) <= renewalWindowHours(profile, hours(certificate.validFromDate));
    return due ? renewals + 1 : renewals;
}

/** The component would refuse them too, but one by one and with some clusters signed already. */
async function refuseWrong(clusters: string[], requests: (OfGeneration | undefined)[]): Promise<void> {
    const refusals = await Promise.all(
        clusters.map(async (cluster, index) => {
            const faults = requests[index] ? await csrFaults(requests[index].pem, cluster) : [];
            return faults.length > 0 ? [csrRefusal(cluster, faults)] : [];
        }),
    );
    if (refusals.flat().length > 0) {
        throw new pulumi.RunError(refusals.flat().join("\n"));
    }
}

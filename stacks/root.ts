import * as pulumi from "@pulumi/pulumi";
import { IntermediateCertificate } from "../components/intermediateCertificate";
import { RootCa, SigningPair } from "../components/rootCa";
import { RootSettings } from "../settings";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { csrFaults, csrRefusal } from "../pki/csr";
import { ClusterOutputs, Exported, OfGeneration, RootOutputs, stackOutputs } from "./outputs";

/** The root CA, and a certificate for each cluster that asks for one. */
export async function rootProgram(settings: RootSettings): Promise<Exported<RootOutputs>> {
    const { profile, clusters } = settings;
    const ca = rootCa(settings);
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
        const certificate = new IntermediateCertificate(cluster, {
            cluster,
            certRequestPem: csr.pem,
            ca,
            profile,
        });
        certificates[cluster] = { generation: csr.generation, pem: certificate.certPem };
    });
    return {
        root: ca.certPem.apply((pem) => certificateFacts(parseCertificates(pem)[0]!)),
        trustBundle: ca.certPem,
        certificates,
    };
}

/** The stack's own root, or the one that was there before it. */
function rootCa({ profile, existing, protectRoot }: RootSettings): SigningPair {
    return existing
        ? { certPem: pulumi.output(existing.certPem), privateKeyPem: pulumi.secret(existing.privateKeyPem) }
        : new RootCa("root", { profile }, { protect: protectRoot });
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

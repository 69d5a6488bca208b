import * as pulumi from "@pulumi/pulumi";
import { IntermediateCertificate } from "../components/intermediateCertificate";
import { RootCa } from "../components/rootCa";
import { RootSettings } from "../config";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { ClusterOutputs, Exported, RootOutputs, stackOutput } from "./outputs";

/** The root CA, and a certificate for each cluster that asks for one. */
export async function rootProgram({ profile, clusters }: RootSettings): Promise<Exported<RootOutputs>> {
    const ca = new RootCa("root", { profile });
    const requests = await Promise.all(
        clusters.map((cluster) => stackOutput<ClusterOutputs, "csr">(cluster, "csr")),
    );
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

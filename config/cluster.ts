import { defaultTrustDomain, trustDomainFault } from "../pki/profile";
import { ConfigReader, dnsLabel } from "./reader";

/** The name of the cluster whose stack this is; by default the stack's. */
export function readCluster(reader: ConfigReader): string {
    const cluster = reader.text("cluster") ?? reader.stack;
    if (!dnsLabel.test(cluster)) {
        reader.fault("cluster", cluster, "a DNS label: at most 63 of a-z, 0-9 and -", "name the cluster so");
    }
    return cluster;
}

/** The generation of the CA's key. */
export function readGeneration(reader: ConfigReader): number {
    return reader.integer("generation", 1) ?? 1;
}

/** Whether the stack plugs its CA into a mesh. */
export function readDeploy(reader: ConfigReader): boolean {
    return reader.flag("deploy", true);
}

/** The mesh's trust domain. */
export function readTrustDomain(reader: ConfigReader): string {
    const trustDomain = reader.text("trustDomain") ?? defaultTrustDomain;
    const allowed = trustDomainFault(trustDomain);
    if (allowed) {
        reader.fault(
            "trustDomain",
            trustDomain,
            allowed,
            "set it to the mesh's, as `trustDomain` of its MeshConfig",
        );
    }
    return trustDomain;
}

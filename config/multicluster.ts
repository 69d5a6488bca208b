import { MulticlusterSettings } from "./meshSettings";
import { ConfigReader, dnsLabel } from "./reader";

/**
 * What a mesh of several clusters needs of each from its first install on.
 *
 * @param cluster - the cluster's name, which by default is its network's too
 * @returns undefined if the mesh is of this cluster alone
 */
export function readMulticluster(reader: ConfigReader, cluster: string): MulticlusterSettings | undefined {
    const meshId = readLabel(reader, "meshId");
    const network = readLabel(reader, "network");
    const gateway = reader.flag("eastWestGateway", true);
    if (meshId === undefined) {
        if (network !== undefined) {
            reader.fault(
                "network",
                network,
                "nothing without meshId",
                "set meshId, the same in all clusters",
            );
        }
        return undefined;
    }
    return { meshId, network: network ?? cluster, gateway };
}

function readLabel(reader: ConfigReader, key: string): string | undefined {
    const name = reader.text(key);
    if (name !== undefined && !dnsLabel.test(name)) {
        reader.fault(key, name, "a DNS label: at most 63 of a-z, 0-9 and -", "name it so");
    }
    return name;
}

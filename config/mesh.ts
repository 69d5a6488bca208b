import { readAccess } from "./access";
import { readAlerts } from "./alerts";
import { readIstio } from "./istio";
import { readMulticluster } from "./multicluster";
import { MeshSettings } from "./meshSettings";
import { readPreviousCa } from "./previousCa";
import { ConfigReader } from "./reader";
import { readVerification } from "./verification";
import { readWorkloads } from "./workloads";

/** Where and how a cluster's mesh is installed. */
export function readMesh(reader: ConfigReader, cluster: string, trustDomain: string): MeshSettings {
    const access = readAccess(reader, "set deploy to false");
    return {
        access: { ...access, clusterUid: reader.text("clusterUid") },
        trustDomain,
        previousCa: readPreviousCa(reader, access),
        istio: readIstio(reader),
        workloads: readWorkloads(reader),
        verification: readVerification(reader),
        alerts: readAlerts(reader),
        multicluster: readMulticluster(reader, cluster),
    };
}

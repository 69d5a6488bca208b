import type { Change } from "../change";
import { askMesh } from "../askMesh";
import { Refusal } from "../refusal";

/**
 * ztunnel, the proxy of ambient meshes, keeps its certificates until half of their life has passed, and nobody sees what it
 * trusts: a changed CA would be taken for one that every proxy has picked up.
 */
export async function ambientMesh(change: Change): Promise<Refusal | undefined> {
    const { cluster, mesh } = change.settings;
    if (!mesh || !(await plugsIn(change))) {
        return undefined;
    }
    const { readZtunnels } = await import("../../kube/ambient.ts");
    const ztunnels = await askMesh(mesh.access, "Whether the mesh is ambient", readZtunnels);
    return !ztunnels || ztunnels.length === 0
        ? undefined
        : {
              id: "ambient-mesh",
              found: `Cluster ${cluster} has an ambient mesh. Its ztunnel (DaemonSet ${ztunnels.join(", ")}) picks up neither a changed CA nor changed roots when they are plugged in, and is not supported yet.`,
              remedy: "Plug a CA into a mesh of sidecars, or remove ztunnel first.",
          };
}

/** A first `up` of a standalone stack plugs in what is known only once keys are made. */
async function plugsIn(change: Change): Promise<boolean> {
    const signsFirst = change.settings.role === "standalone" && !(await change.own()) && !change.last.plugged;
    return signsFirst || change.changesFiles();
}

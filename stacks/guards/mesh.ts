import { IstioMode } from "../../config/meshSettings";
import type { Change } from "../change";
import { Refusal } from "../refusal";
import { takeDown } from "./role";

const holds: Record<IstioMode, string> = {
    install: "namespace istio-system, Secret cacerts and Istio",
    adopt: "what this stack added to the mesh, and its hold of Secret cacerts and Istio",
    external: "what this stack added to the mesh, and its hold of Secret cacerts",
};

/** `pulumi destroy` is the one way to take a mesh down. */
export function meshDropped({ settings, last }: Change): Refusal | undefined {
    const { istioMode, istio, mesh } = last;
    if (settings.mesh || (istioMode === undefined && istio === undefined && !mesh)) {
        return undefined;
    }
    const where = mesh ? ` in cluster ${mesh.cluster}, context ${mesh.context}` : "";
    return {
        id: "mesh-dropped",
        found: `The setting deploy is false, but this stack has a live mesh${where}. The change would delete ${holds[istioMode ?? "install"]}.`,
        remedy: `Set deploy to true. ${takeDown("the mesh", settings.role)}`,
    };
}

/** A mesh that had a CA before this stack's has an owner already. */
export function istioNotAdopted({ settings: { mesh }, last }: Change): Refusal | undefined {
    return mesh?.previousCa && mesh.istio.mode === "install" && last.istioMode !== "install"
        ? {
              id: "istio-not-adopted",
              found: "The setting istio is install, but previousCa says that the mesh existed before this stack.",
              remedy: "Set istio to adopt if this stack is to install Istio from now on, otherwise to external.",
          }
        : undefined;
}

/** Another owner would delete what exists. */
export function istioOwnerChanged({ settings: { mesh }, last }: Change): Refusal | undefined {
    const { istioMode } = last;
    if (
        !mesh ||
        !istioMode ||
        mesh.istio.mode === istioMode ||
        (istioMode === "external" && mesh.istio.mode === "adopt")
    ) {
        return undefined;
    }
    const gone = { install: "namespace istio-system and Istio", adopt: "Istio", external: "nothing" };
    return {
        id: "istio-owner-changed",
        found: `The setting istio is ${mesh.istio.mode}, but this mesh was brought up with ${istioMode}. The change would delete ${gone[istioMode]}.`,
        remedy: `Set istio to ${istioMode}.`,
    };
}

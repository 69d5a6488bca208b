import { CaFile } from "../caFiles";
import { pemBlocks } from "../pem";
import { Finding } from "./finding";
import { reloadDropped } from "./refused";

/** The first thing that a reload is asked (handleEvent of istio pilot/pkg/bootstrap/istio_ca.go). */
export function rootChange(
    rootCert: CaFile,
    live: string | undefined,
    multiRootMesh: boolean,
): Finding | undefined {
    if (live === undefined || live === rootCert.text) {
        return undefined;
    }
    const finding = { rule: "root-change", severity: "error" as const, file: rootCert.name };
    if (!multiRootMesh) {
        return {
            ...finding,
            found: "it differs from the running istiod's, which has ISTIO_MULTIROOT_MESH off",
            effect: `${reloadDropped}: Multi root is disabled.`,
            remedy: "Install Istio with values.pilot.env.ISTIO_MULTIROOT_MESH=true.",
        };
    }
    const [before, after] = [live, rootCert.text].map(certificateBlocks) as [Set<string>, Set<string>];
    const overlap =
        before.size > 0 && after.size > 0 && (before.isSubsetOf(after) || after.isSubsetOf(before));
    return overlap
        ? undefined
        : {
              ...finding,
              found: "neither does it contain all roots of the running istiod, nor the other way round",
              effect: `${reloadDropped}.`,
              remedy: "Add the new root next to the old one first, and remove the old one when every workload trusts the new one.",
          };
}

/** The DER of all blocks that say they are certificates. */
function certificateBlocks(text: string): Set<string> {
    return new Set(
        pemBlocks(text)
            .filter(({ type }) => type === "CERTIFICATE")
            .map(({ der }) => der.toString("base64")),
    );
}

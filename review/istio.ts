import { rootCertFile } from "../pki/caFiles";
import { StackPreview } from "./preview";
import { IstioSwitches, types } from "./resource";
import { cacerts, istioctl } from "./trust";

/** For a stack without Istio. */
export const nothingInstalled = "The stack installs nothing: `npm run export` writes the CA's files.";

/** What happens to Istio. */
export function ofIstio(preview: StackPreview): string[] {
    const istio = istioctl(preview);
    switch (istio?.operation) {
        case "create":
            return [
                "Istio is installed after `cacerts` exists, so istiod starts with this CA and no workload has to switch.",
            ];
        case "update":
            return [
                `\`istioctl install\` runs again (changed: ${istio.changed.join(", ")}). What it restarts depends on what it changes, which a preview does not show.`,
            ];
        case "replace":
            return ["Istio is uninstalled and installed again: expect downtime."];
        case "delete":
            return [
                "Istio is uninstalled and `cacerts` removed: workloads keep their certificates until they expire and get no new ones. Expect downtime.",
            ];
        default:
            return [];
    }
}

/** How a mesh picks up another intermediate under a root that it trusts. */
export function reload(preview: StackPreview, rootFileChanges: boolean): string {
    if (!cacerts(preview)) {
        return nothingInstalled;
    }
    const istio = istioctl(preview)?.before?.istio;
    if (!istio) {
        return "Istio is not installed there yet.";
    }
    if (rootFileChanges && !istio.multiRoot) {
        return "istiod ignores a changed root-cert.pem because ISTIO_MULTIROOT_MESH is off: it continues to sign with the old certificate until it restarts.";
    }
    return [
        "`cacerts` is updated in place, and istiod reloads it at once, because an annotation on its pod makes the kubelet update the files.",
        resigning(rootFileChanges, istio),
        restarts(preview),
    ].join(" ");
}

/** The comment in root-cert.pem names the intermediate (pki/bundle.ts), so its bytes change. */
export function rootFileChanges({ before, after }: StackPreview): boolean {
    const [old, next] = [before.files?.[rootCertFile], after.files?.[rootCertFile]];
    return old === undefined || next === undefined || old !== next;
}

/** Proxies request new certificates if the bytes of root-cert.pem change. */
function resigning(rootFileChanges: boolean, { xdsAgent, workloadTtl }: IstioSwitches): string {
    const life = workloadTtl ? `within half of ${workloadTtl}` : "within 12 hours with Istio's default of 24";
    return rootFileChanges && xdsAgent
        ? "Every proxy requests a new certificate at once."
        : `Proxies are not notified: they request new certificates when half the lifetime of their current ones is over, ${life}.`;
}

function restarts(preview: StackPreview): string {
    const istioStays = istioctl(preview)?.operation === "same";
    const pods = istioStays ? "No pod restarts, and no downtime" : "No downtime from the CA";
    const verified = preview.resources.some(
        ({ type, name }) => type === types.command && name === "verification-handshakes",
    );
    return `${pods} is expected: old and new certificates lead to roots that all workloads trust.${verified ? " The verification at the end of the `up` waits for it." : ""}`;
}

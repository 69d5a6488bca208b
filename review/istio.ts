import { rootCertFile } from "../pki/caFiles";
import { StackPreview } from "./preview";
import { IstioSwitches, types } from "./resource";
import { cacerts, istioctl } from "./trust";

/** What there is to say of a stack without Istio. */
export const nothingInstalled = "The stack installs nothing: `npm run export` writes the CA's files.";

/** What becomes of Istio. */
export function ofIstio(preview: StackPreview): string[] {
    const istio = istioctl(preview);
    switch (istio?.operation) {
        case "create":
            return [
                "Istio is installed after `cacerts` is there, so istiod starts under this CA and no workload has to change over.",
            ];
        case "update":
            return [
                `\`istioctl install\` runs again (changed: ${istio.changed.join(", ")}). What it restarts depends on what it changes, which a preview cannot tell.`,
            ];
        case "replace":
            return ["Istio is uninstalled and installed anew: downtime is to be expected."];
        case "delete":
            return [
                "Istio is uninstalled and `cacerts` removed: workloads keep their certificates until these end and get no new ones. Downtime is to be expected.",
            ];
        default:
            return [];
    }
}

/** How a mesh takes another intermediate under a root that it trusts. */
export function reload(preview: StackPreview, rootFileChanges: boolean): string {
    if (!cacerts(preview)) {
        return nothingInstalled;
    }
    const istio = istioctl(preview)?.before?.istio;
    if (!istio) {
        return "Istio is not installed there yet.";
    }
    if (rootFileChanges && !istio.multiRoot) {
        return "istiod drops a root-cert.pem that changes, since ISTIO_MULTIROOT_MESH is off: it goes on signing with the old certificate until it restarts.";
    }
    return [
        "`cacerts` is updated in place, and istiod reloads it at once, since an annotation of its pod makes the kubelet look.",
        resigning(rootFileChanges, istio),
        restarts(preview),
    ].join(" ");
}

/** The comment in root-cert.pem names the intermediate (pki/bundle.ts), so its bytes change. */
export function rootFileChanges({ before, after }: StackPreview): boolean {
    const [old, next] = [before.files?.[rootCertFile], after.files?.[rootCertFile]];
    return old === undefined || next === undefined || old !== next;
}

/** Bytes of root-cert.pem that changed are what makes proxies ask. */
function resigning(rootFileChanges: boolean, { xdsAgent, workloadTtl }: IstioSwitches): string {
    const life = workloadTtl ? `in half of ${workloadTtl}` : "within 12 hours of Istio's default of 24";
    return rootFileChanges && xdsAgent
        ? "Every proxy asks for a new certificate at once."
        : `Proxies are not told: they ask for new certificates when half of their old ones' life is over, ${life}.`;
}

function restarts(preview: StackPreview): string {
    const istioStays = istioctl(preview)?.operation === "same";
    const pods = istioStays ? "No pod restarts, and no downtime" : "No downtime by the CA";
    const verified = preview.resources.some(
        ({ type, name }) => type === types.command && name === "verification-handshakes",
    );
    return `${pods} is expected: old and new certificates lead to roots that all workloads trust.${verified ? " The verification at the end of the `up` waits for it." : ""}`;
}

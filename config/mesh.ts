import { parseAllDocuments } from "yaml";
import { Injection } from "../components/injection";
import { Exclusions } from "../kube/exclusions";
import { readPreviousCa } from "./previousCa";
import { ConfigReader, expandHome } from "./reader";
import { AlertsSettings, ClusterAccess, istioModes, MeshSettings } from "./settings";

/** Where and how a cluster's mesh is installed. */
export function readMesh(reader: ConfigReader, trustDomain: string): MeshSettings {
    const istioSet = reader.list("istioSet") ?? [];
    for (const value of istioSet.filter((item) => !/^[^=\s]+=/.test(item))) {
        reader.fault("istioSet", value, "path=value", "write it as for `istioctl install --set`");
    }
    const access = readAccess(reader, "set deploy to false");
    const istio = reader.oneOf("istio", istioModes) ?? "install";
    const istioOperator = reader.file("istioOperator");
    refuseAmbient(reader, istioSet, istioOperator);
    return {
        ...access,
        clusterUid: reader.text("clusterUid"),
        trustDomain,
        istio,
        previousCa: readPreviousCa(reader, access),
        istioProfile: reader.text("istioProfile") ?? "demo",
        istioSet,
        istioOperator,
        ...readWorkloads(reader),
        ...readVerification(reader),
        alerts: readAlerts(reader),
    };
}

/** The workloads that the stack deploys, and how they get their proxies. */
export function readWorkloads(
    reader: ConfigReader,
): Pick<MeshSettings, "workloads" | "injection" | "maxConnectionMinutes"> {
    return {
        workloads: reader.flag("workloads", true),
        injection: reader.oneOf("injection", Object.values(Injection)) ?? Injection.Label,
        maxConnectionMinutes: reader.integer("maxConnectionMinutes", 0) ?? 0,
    };
}

/** Whether an `up` verifies the mesh, for how long, and which proxies it leaves out. */
export function readVerification(
    reader: ConfigReader,
): Pick<
    MeshSettings,
    "verification" | "verificationTimeoutSeconds" | "verificationExclude" | "reissueMinutes"
> {
    const verificationExclude = reader.list("verificationExclude") ?? [];
    for (const pattern of verificationExclude) {
        const allowed = Exclusions.fault(pattern);
        if (allowed) {
            reader.fault(
                "verificationExclude",
                pattern,
                allowed,
                "name only the proxies that may stay behind",
            );
        }
    }
    return {
        verification: reader.flag("verification", true),
        verificationTimeoutSeconds: reader.integer("verificationTimeoutSeconds", 1) ?? 180,
        verificationExclude,
        reissueMinutes: readReissue(reader),
    };
}

/** Its ztunnel is no Envoy: what it trusts and serves is not seen, and it picks up no changed CA by itself. */
function refuseAmbient(reader: ConfigReader, istioSet: string[], istioOperator: string | undefined): void {
    const operators = parseAllDocuments(istioOperator ?? "").map(
        (document) => (document.errors.length > 0 ? {} : document.toJS()) as Operator | null,
    );
    const asked = {
        istioProfile: [reader.text("istioProfile")].filter(isAmbient),
        istioSet: istioSet.filter(
            (value) =>
                value === "components.ztunnel.enabled=true" ||
                (/^(values\.)?profile=/.test(value) && isAmbient(value.slice(value.indexOf("=") + 1))),
        ),
        istioOperator: operators
            .filter(
                (each) =>
                    isAmbient(each?.spec?.profile) ||
                    String(each?.spec?.components?.ztunnel?.enabled) === "true",
            )
            .map(() => "an IstioOperator with ztunnel"),
    };
    for (const [key, values] of Object.entries(asked)) {
        for (const value of values) {
            const allowed = "a mesh of sidecars: ambient's ztunnel is not supported yet";
            reader.fault(key, value, allowed, "choose a profile without ztunnel, such as default or demo");
        }
    }
}

/** `ambient`, or a platform's variant of it. */
function isAmbient(profile: string | undefined): boolean {
    return /(^|-)ambient$/.test(String(profile));
}

interface Operator {
    spec?: { profile?: string; components?: { ztunnel?: { enabled?: unknown } } };
}

function readReissue(reader: ConfigReader): number | undefined {
    const text = reader.text("reissueWithin");
    const minutes = minutesOf(text);
    if (text !== undefined && !(minutes! >= 1 && minutes! <= longestReissueMinutes)) {
        const allowed = `1m to ${longestReissueMinutes / 60}h, as half of the longest lifetime that istiod signs`;
        reader.fault("reissueWithin", text, allowed, "set it to minutes or hours, such as 30m or 6h");
    }
    return minutes;
}

/** Half of MAX_WORKLOAD_CERT_TTL (istio pilot/pkg/bootstrap/istio_ca.go). */
const longestReissueMinutes = (90 * 24 * 60) / 2;

/** The minutes of a duration such as 30m or 6h; undefined where it is none. */
export function minutesOf(duration: string | undefined): number | undefined {
    const found = /^(\d+)(m|h)$/.exec(String(duration));
    return found ? Number(found[1]) * (found[2] === "h" ? 60 : 1) : undefined;
}

function readAlerts(reader: ConfigReader): AlertsSettings | undefined {
    const pairs = (reader.list("alertsLabels") ?? []).map((label) => {
        const found = /^([^=\s]+)=([^=\s]*)$/.exec(label);
        if (!found) {
            reader.fault("alertsLabels", label, "key=value", "write it as for `kubectl label`");
        }
        return [found?.[1], found?.[2]] as const;
    });
    const namespace = reader.text("alertsNamespace") ?? "monitoring";
    return reader.flag("expiryAlerts", false)
        ? { namespace, labels: Object.fromEntries(pairs) as Record<string, string> }
        : undefined;
}

/** @param otherwise - what spares the user naming a context */
export function readAccess(reader: ConfigReader, otherwise: string): ClusterAccess {
    const context = reader.text("context") ?? "";
    if (context === "") {
        const remedy = `name the context of the cluster, see \`kubectl config get-contexts\`, or ${otherwise}`;
        reader.fault("context", undefined, "a context of the kubeconfig", remedy);
    }
    return {
        kubeconfig: expandHome(reader.text("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        context,
    };
}

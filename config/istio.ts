import { istioModes, IstioSettings } from "./meshSettings";
import { ConfigReader } from "./reader";
import { yaml } from "./yaml";

/** Who owns Istio, and how it is installed. */
export function readIstio(reader: ConfigReader): IstioSettings {
    const set = reader.list("istioSet") ?? [];
    for (const value of set.filter((item) => !/^[^=\s]+=/.test(item))) {
        reader.fault("istioSet", value, "path=value", "write it as for `istioctl install --set`");
    }
    const operator = reader.file("istioOperator");
    refuseAmbient(reader, set, operator);
    return {
        mode: reader.oneOf("istio", istioModes) ?? "install",
        profile: reader.text("istioProfile") ?? "demo",
        set,
        operator,
        reissueMinutes: readReissue(reader),
    };
}

/** Its ztunnel is not an Envoy: nobody sees what it trusts and serves, and it does not pick up a changed CA by itself. */
function refuseAmbient(reader: ConfigReader, istioSet: string[], istioOperator: string | undefined): void {
    const operators = istioOperator === undefined ? [] : operatorsIn(istioOperator);
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

function operatorsIn(text: string): (Operator | null)[] {
    const documents = yaml().parseAllDocuments(text);
    return documents.map(
        (document) => (document.errors.length > 0 ? {} : document.toJS()) as Operator | null,
    );
}

/** `ambient`, or a platform's variant of it. */
function isAmbient(profile: string | undefined): boolean {
    return /(^|-)ambient$/.test(String(profile));
}

interface Operator {
    spec?: { profile?: string; components?: { ztunnel?: { enabled?: unknown } } };
}

/** How long workloads may take to pick up a renewed intermediate, minutes; undefined: all at once. */
export function readReissue(reader: ConfigReader): number | undefined {
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

/** The minutes of a duration such as 30m or 6h; undefined if it is not one. */
export function minutesOf(duration: string | undefined): number | undefined {
    const found = /^(\d+)(m|h)$/.exec(String(duration));
    return found ? Number(found[1]) * (found[2] === "h" ? 60 : 1) : undefined;
}

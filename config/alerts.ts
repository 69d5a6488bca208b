import { AlertsSettings } from "./meshSettings";
import { ConfigReader } from "./reader";

/** Where alerts on certificates are put; undefined if there are to be none. */
export function readAlerts(reader: ConfigReader): AlertsSettings | undefined {
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

import { ExpiryThresholds } from "./expiryThresholds";

/** A Grafana dashboard, as its JSON model has it. */
export interface Dashboard {
    title: string;
    panels: Panel[];
}

/** A panel of a dashboard. */
export interface Panel {
    title: string;
    targets: { refId: string; expr: string; legendFormat: string }[];
}

/**
 * When the mesh's certificates expire, and how often they are requested, by cluster: of those whose series carry a
 * label `cluster`, as Prometheus's external labels give it; without the label it is one.
 */
export function expiryDashboard(thresholds: Required<ExpiryThresholds>): Dashboard {
    const root = colours(thresholds.rootWarningDays * day, thresholds.rootCriticalDays * day);
    const intermediate = colours(
        thresholds.intermediateWarningDays * day,
        thresholds.intermediateCriticalDays * day,
    );
    const workload = colours(thresholds.workloadWarningHours * hour, thresholds.workloadCriticalHours * hour);
    const panels = [
        left("Root expires in", "citadel_server_root_cert_expiry_timestamp{$} - time()", root),
        left(
            "Intermediate expires in",
            "citadel_server_cert_chain_expiry_timestamp{$} - time()",
            intermediate,
        ),
        left(
            "First workload certificate expires in",
            'istio_agent_cert_expiry_seconds{resource_name="default", $}',
            workload,
        ),
        graph("Workload certificates, first expiry by namespace", "s", {
            "{{cluster}} {{namespace}}":
                'min by (cluster, namespace) (istio_agent_cert_expiry_seconds{resource_name="default", $})',
        }),
        graph("Certificate requests", "reqps", {
            "{{cluster}} asked": "sum by (cluster) (rate(citadel_server_csr_count{$}[$__rate_interval]))",
            "{{cluster}} signed":
                "sum by (cluster) (rate(citadel_server_success_cert_issuance_count{$}[$__rate_interval]))",
        }),
        graph("Certificate requests that failed", "reqps", {
            "{{cluster}} {{error}}":
                "sum by (cluster, error) (rate(citadel_server_csr_sign_err_count{$}[$__rate_interval]))",
            "{{cluster}} not authenticated": orZero(
                "sum by (cluster) (rate(citadel_server_authentication_failure_count{$}[$__rate_interval]))",
            ),
            "{{cluster}} seen by proxies": orZero(
                'sum by (cluster) (rate(istio_agent_num_failed_outgoing_requests{request_type="csr", $}[$__rate_interval]))',
            ),
        }),
    ];
    return {
        uid: "istio-plugin-ca-expiry",
        title: "Istio CA: what expires when",
        tags: ["istio"],
        schemaVersion: 39,
        time: { from: "now-7d", to: "now" },
        refresh: "1m",
        templating: {
            list: [
                { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
                {
                    name: "cluster",
                    label: "Cluster",
                    type: "query",
                    datasource,
                    query: "label_values(citadel_server_root_cert_expiry_timestamp, cluster)",
                    refresh: 2,
                    multi: true,
                    includeAll: true,
                    // Matches series without the label too.
                    allValue: ".*",
                },
            ],
        },
        panels: panels.map((panel, index) => ({ id: index + 1, ...panel, gridPos: position(index) })),
    } as Dashboard;
}

const hour = 3600;
const day = 24 * hour;
const datasource = { type: "prometheus", uid: "${datasource}" };
const columns = 3;

function position(index: number) {
    const row = Math.floor(index / columns);
    return { x: (index % columns) * 8, y: row * 8, w: 8, h: row === 0 ? 6 : 8 };
}

/** The shortest of a time that is left, by cluster. */
function left(title: string, seconds: string, thresholds: object) {
    const targets = queries({ "{{cluster}}": `min by (cluster) (${seconds})` });
    return {
        type: "stat",
        title,
        datasource,
        targets,
        fieldConfig: { defaults: { unit: "s", thresholds }, overrides: [] },
    };
}

/** @param expressions - by legend */
function graph(title: string, unit: string, expressions: Record<string, string>) {
    return {
        type: "timeseries",
        title,
        datasource,
        targets: queries(expressions),
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    };
}

/** A counter that never counted has no series. */
function orZero(expression: string): string {
    return `${expression} or sum by (cluster) (0 * citadel_server_csr_count{$})`;
}

/** A `$` in braces stands for the clusters that were chosen. */
function queries(expressions: Record<string, string>) {
    return Object.entries(expressions).map(([legendFormat, expr], index) => ({
        refId: String.fromCharCode("A".charCodeAt(0) + index),
        expr: expr.replaceAll(/\$(?=\})/g, 'cluster=~"$cluster"'),
        legendFormat,
    }));
}

function colours(warning: number, critical: number) {
    const steps = [
        { color: "red", value: null },
        { color: "orange", value: critical },
        { color: "green", value: warning },
    ];
    return { mode: "absolute", steps };
}

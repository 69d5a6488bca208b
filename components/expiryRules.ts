import { ExpiryThresholds } from "./expiryThresholds";

/** A group of alerting rules, as Prometheus reads it from a file and from a PrometheusRule. */
export interface RuleGroup {
    name: string;
    rules: AlertingRule[];
}

/** An alert, in Prometheus's words. */
export interface AlertingRule {
    alert: string;
    expr: string;
    for?: string;
    labels: Record<string, string>;
    annotations: { summary: string; description: string };
}

/**
 * The alerts on what expires, on what nobody renewed, on what istiod could not sign, and on metrics that are missing.
 *
 * Of several roots istiod reports the expiry of the first one only, and of cert-chain.pem that of its first certificate
 * (istio security/pkg/server/ca/server.go, RecordCertsExpiry).
 *
 * @param cluster - the label `cluster` of alerts on series that have none
 */
export function expiryRules(cluster: string, thresholds: Required<ExpiryThresholds>): RuleGroup {
    return {
        name: "istio-plugin-ca.expiry",
        rules: [
            ...ends({
                alert: "IstioRootCertEndsSoon",
                left: "min by (cluster, namespace) (citadel_server_root_cert_expiry_timestamp - time())",
                warningSeconds: thresholds.rootWarningDays * day,
                criticalSeconds: thresholds.rootCriticalDays * day,
                summary: "The root of Istio's CA expires soon",
                description:
                    "The first root that istiod trusts expires in {{ $value | humanizeDuration }}. Replace it step by step: docs/rotating.md.",
            }),
            ...ends({
                alert: "IstioIntermediateCertNotRenewed",
                left: "min by (cluster, namespace) (citadel_server_cert_chain_expiry_timestamp - time())",
                warningSeconds: thresholds.intermediateWarningDays * day,
                criticalSeconds: thresholds.intermediateCriticalDays * day,
                summary: "The intermediate that istiod signs with expires soon, and nothing has renewed it",
                description:
                    "The first certificate of cert-chain.pem expires in {{ $value | humanizeDuration }}, and no workload certificate can be valid for longer. Renew it: bring its stack up.",
            }),
            ...ends({
                alert: "IstioWorkloadCertNotRenewed",
                left: 'min by (cluster, namespace, pod) (istio_agent_cert_expiry_seconds{resource_name="default"})',
                warningSeconds: thresholds.workloadWarningHours * hour,
                criticalSeconds: thresholds.workloadCriticalHours * hour,
                summary: "A proxy has not renewed its certificate in time",
                description:
                    "The certificate of {{ $labels.namespace }}/{{ $labels.pod }} expires in {{ $value | humanizeDuration }}; proxies renew at half of the lifetime. Check the logs of its container istio-proxy and of istiod.",
            }),
            {
                alert: "IstioCsrSigningFails",
                // A counter that begins at its first error has not increased yet.
                expr: `sum by (cluster, namespace, error) ((${signErrors} unless ${signErrors} offset 15m) or increase(${signErrors}[15m])) > 0`,
                labels: labels("critical"),
                annotations: {
                    summary: "istiod fails to sign certificates",
                    description:
                        "{{ $value | humanize }} requests for a certificate failed in the last 15 minutes with {{ $labels.error }}. istiod's log says why.",
                },
            },
            {
                alert: "IstioCsrAuthenticationFails",
                expr: "sum by (cluster, namespace) (increase(citadel_server_authentication_failure_count[15m])) > 0",
                for: "15m",
                labels: labels("warning"),
                annotations: {
                    summary: "istiod rejects certificate requests",
                    description:
                        "For 15 minutes, proxies or other clients have asked istiod for certificates with a token that it does not accept.",
                },
            },
            ...["citadel_server_root_cert_expiry_timestamp", "istio_agent_cert_expiry_seconds"].map(
                (metric) => ({
                    alert: "IstioCertMetricsAbsent",
                    expr: `absent(${metric})`,
                    for: "15m",
                    labels: { ...labels("warning"), metric },
                    annotations: {
                        summary: "Istio's certificate metrics are missing",
                        description: `Prometheus has no ${metric}: scrape istiod's port 15014 (/metrics) and the proxies' 15020 (/stats/prometheus).`,
                    },
                }),
            ),
        ],
    };

    function ends({
        alert,
        left,
        warningSeconds,
        criticalSeconds,
        summary,
        description,
    }: End): AlertingRule[] {
        const at = (seconds: number, severity: string) => ({
            alert,
            expr: `${left} < ${Math.round(seconds)}`,
            labels: labels(severity),
            annotations: { summary, description },
        });
        return [at(warningSeconds, "warning"), at(criticalSeconds, "critical")];
    }

    function labels(severity: string) {
        return { severity, cluster: `{{ or $labels.cluster ${JSON.stringify(cluster)} }}` };
    }
}

/** A time that is left, in seconds, and when it is too short. */
interface End {
    alert: string;
    left: string;
    warningSeconds: number;
    criticalSeconds: number;
    summary: string;
    description: string;
}

const hour = 3600;
const day = 24 * hour;
const signErrors = "citadel_server_csr_sign_err_count";

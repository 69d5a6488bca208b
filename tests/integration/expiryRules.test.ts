import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { expiryRules } from "../../components/expiryRules";
import { prometheusPrograms } from "../prometheus";

const hour = 3600;
const day = 24 * hour;

const thresholds = {
    rootWarningDays: 365,
    rootCriticalDays: 90,
    intermediateWarningDays: 60,
    intermediateCriticalDays: 30,
    workloadWarningHours: 8,
    workloadCriticalHours: 2,
};

const root = 'citadel_server_root_cert_expiry_timestamp{namespace="istio-system", pod="istiod-1"}';
const chain = 'citadel_server_cert_chain_expiry_timestamp{namespace="istio-system", pod="istiod-1"}';
const workload = 'istio_agent_cert_expiry_seconds{namespace="foo", pod="httpbin", resource_name="default"}';
const signErrors =
    'citadel_server_csr_sign_err_count{namespace="istio-system", pod="istiod-1", error="CSR_ERROR"}';
const refused = 'citadel_server_authentication_failure_count{namespace="istio-system", pod="istiod-1"}';

/** A mesh with nothing to report, for three hours. */
const quiet = {
    [root]: constant(3000 * day),
    [chain]: constant(300 * day),
    [workload]: constant(20 * hour),
    [signErrors]: "_x180",
    [refused]: constant(3),
};

/** Which alerts fire, at which minute. */
const cases: { name: string; series: Record<string, string | undefined>; at?: number; firing: string[] }[] = [
    { name: "nothing to tell", series: {}, at: 120, firing: [] },
    {
        name: "a root with a year and an hour left",
        series: { [root]: constant(365 * day + hour) },
        firing: [],
    },
    {
        name: "a root with less than a year left",
        series: { [root]: constant(364 * day) },
        firing: [fires("IstioRootCertEndsSoon", "warning", ["istio-system"])],
    },
    {
        name: "a root with less than 90 days left, as one of two istiods sees it",
        series: { [root]: constant(89 * day), [root.replace("istiod-1", "istiod-2")]: constant(3000 * day) },
        firing: both("IstioRootCertEndsSoon", ["istio-system"]),
    },
    {
        name: "an intermediate in the first third of its window",
        series: { [chain]: constant(61 * day) },
        firing: [],
    },
    {
        name: "an intermediate in the second third",
        series: { [chain]: constant(59 * day) },
        firing: [fires("IstioIntermediateCertNotRenewed", "warning", ["istio-system"])],
    },
    {
        name: "an intermediate that has expired",
        series: { [chain]: constant(-1 * day) },
        firing: both("IstioIntermediateCertNotRenewed", ["istio-system"]),
    },
    { name: "a workload at half of its lifetime", series: { [workload]: constant(12 * hour) }, firing: [] },
    {
        name: "a workload that should have renewed",
        series: {
            [workload]: constant(7 * hour),
            [workload.replace('"httpbin"', '"sleep"')]: constant(12 * hour),
        },
        firing: [fires("IstioWorkloadCertNotRenewed", "warning", ["foo", "httpbin"])],
    },
    {
        name: "a workload whose certificate has expired",
        series: { [workload]: constant(-60) },
        firing: both("IstioWorkloadCertNotRenewed", ["foo", "httpbin"]),
    },
    {
        name: "another resource's certificate",
        series: { [workload.replace("default", "file-cert:/etc/tls")]: constant(hour) },
        firing: [],
    },
    {
        name: "the first signing error of an istiod",
        series: { [signErrors]: "_x30 1x150" },
        at: 31,
        firing: [fires("IstioCsrSigningFails", "critical", ["istio-system"], { error: "CSR_ERROR" })],
    },
    {
        name: "a signing error of half an hour ago",
        series: { [signErrors]: "_x30 1x150" },
        at: 61,
        firing: [],
    },
    {
        name: "another signing error",
        series: { [signErrors]: "1x60 2x120" },
        at: 65,
        firing: [fires("IstioCsrSigningFails", "critical", ["istio-system"], { error: "CSR_ERROR" })],
    },
    {
        name: "refusals for half an hour",
        series: { [refused]: "0+1x180" },
        at: 30,
        firing: [fires("IstioCsrAuthenticationFails", "warning", ["istio-system"])],
    },
    { name: "one refusal", series: { [refused]: "0x60 1x120" }, at: 70, firing: [] },
    {
        name: "an istiod that nobody scrapes",
        series: { [root]: undefined, [chain]: undefined },
        at: 20,
        firing: [absent("citadel_server_root_cert_expiry_timestamp")],
    },
    {
        name: "an istiod that was not scraped for ten minutes",
        series: { [root]: undefined },
        at: 10,
        firing: [],
    },
    {
        name: "proxies that nobody scrapes",
        series: { [workload]: undefined },
        at: 20,
        firing: [absent("istio_agent_cert_expiry_seconds")],
    },
    {
        name: "series that name their cluster",
        series: { [chain.replace("{", '{cluster="east", ')]: constant(59 * day) },
        firing: [
            'ALERTS{alertname="IstioIntermediateCertNotRenewed", alertstate="firing", cluster="east", namespace="istio-system", severity="warning"}',
        ],
    },
];

describe("The alerts' rules, by promtool", function () {
    this.timeout("15m");
    let promtool: string;
    let dir: string;

    before(async () => {
        promtool = path.join(await prometheusPrograms(), "promtool");
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "expiry-rules-"));
        write("rules.yml", { groups: [expiryRules("cluster1", thresholds)] });
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    it("pass its check", async () => {
        const { stdout } = await execa(
            promtool,
            ["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"],
            {
                cwd: dir,
            },
        );
        assert.match(stdout, /SUCCESS: 10 rules found/);
    });

    for (const { name, series, at = 5, firing } of cases) {
        it(`report ${name}: ${firing.length > 0 ? firing.map(short).join(", ") : "nothing"}`, () =>
            test({
                input_series: input(series),
                promql_expr_test: [
                    {
                        expr: 'ALERTS{alertstate="firing"}',
                        eval_time: `${at}m`,
                        exp_samples: firing.map((labels) => ({ labels, value: 1 })),
                    },
                ],
            }));
    }

    it("say in words what expires, when, and what to do", () =>
        test({
            input_series: input({ [workload]: constant(7 * hour) }),
            alert_rule_test: [
                {
                    alertname: "IstioWorkloadCertNotRenewed",
                    eval_time: "5m",
                    exp_alerts: [
                        {
                            exp_labels: {
                                severity: "warning",
                                cluster: "cluster1",
                                namespace: "foo",
                                pod: "httpbin",
                            },
                            exp_annotations: {
                                summary: "A proxy has not renewed its certificate in time",
                                description:
                                    "The certificate of foo/httpbin expires in 7h 0m 0s; proxies renew at half of the lifetime. Check the logs of its container istio-proxy and of istiod.",
                            },
                        },
                    ],
                },
            ],
        }));

    it("would fail if an alert were missing", async () => {
        const rule = { alertname: "IstioRootCertEndsSoon", eval_time: "5m", exp_alerts: [{}] };
        await assert.rejects(test({ input_series: input({}), alert_rule_test: [rule] }), /FAILED/);
    });

    async function test(test: object) {
        write("test.yml", {
            rule_files: ["rules.yml"],
            evaluation_interval: "1m",
            tests: [{ interval: "1m", ...test }],
        });
        const { exitCode, all } = await execa(promtool, ["test", "rules", "test.yml"], {
            cwd: dir,
            all: true,
            reject: false,
        });
        assert.equal(exitCode, 0, all);
    }

    function write(name: string, content: object) {
        fs.writeFileSync(path.join(dir, name), stringify(content));
    }
});

/** The quiet mesh, except for these series; undefined leaves one out. */
function input(series: Record<string, string | undefined>) {
    return Object.entries({ ...quiet, ...series })
        .filter(([, values]) => values !== undefined)
        .map(([series, values]) => ({ series, values }));
}

/** A series that stays for three hours. The tests' time begins at 0, so a timestamp is a time that is left too. */
function constant(value: number): string {
    return `${value}x180`;
}

function fires(
    alert: string,
    severity: string,
    [namespace, pod]: string[],
    more: Record<string, string> = {},
) {
    const labels = {
        alertname: alert,
        alertstate: "firing",
        cluster: "cluster1",
        namespace,
        pod,
        severity,
        ...more,
    };
    const pairs = Object.entries(labels).filter(([, value]) => value !== undefined);
    return `ALERTS{${pairs.map(([key, value]) => `${key}="${value}"`).join(", ")}}`;
}

function both(alert: string, where: string[]): string[] {
    return ["warning", "critical"].map((severity) => fires(alert, severity, where));
}

function absent(metric: string): string {
    return `ALERTS{alertname="IstioCertMetricsAbsent", alertstate="firing", cluster="cluster1", metric="${metric}", severity="warning"}`;
}

function short(labels: string): string {
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)![1];
    return `${label("alertname")} (${label("severity")})`;
}

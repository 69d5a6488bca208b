import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../operations/project/project";
import { Dashboard } from "../../components/expiryDashboard";
import { RuleGroup } from "../../components/expiryRules";
import * as clusters from "../../local/clusters";
import { until } from "../../local/clusters/until";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { writeCaFiles } from "../caBundles";
import { issued, newKey, privatePem, selfSigned } from "../pki";
import { MetricsTarget, Prometheus, prometheusRuleCrd } from "../prometheus";
import { changeSettings, freshClusters, freshProject, kubectl, pulumi } from "./fixture";

const cluster = "alerts";

describe("ExpiryAlerts on a cluster, by a real Prometheus", function () {
    this.timeout("20m");
    let project: Project;
    let groups: RuleGroup[];
    let prometheus: Prometheus | undefined;

    before(async () => {
        await freshClusters([cluster]);
        project = await freshProject("expiry-alerts", { [cluster]: {} });
        const caSource = writeCaFiles(path.join(project.dir, "ca"), await nearItsEnd());
        const alerts = { expiryAlerts: true, alertsLabels: ["release=prometheus"] };
        await changeSettings(project, {
            [cluster]: onLocalCluster(cluster, { role: "ready", caSource, expiryGuardDays: 0, ...alerts }),
        });
        await project.openOrCreate(cluster);
    });

    after(async () => {
        await prometheus?.stop();
        await clusters.down([cluster]);
    });

    it("are refused in a cluster that does not know them, before anything is created", async () => {
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /Nothing was changed\.[^]*monitoring-missing: The setting expiryAlerts is true, but the cluster of context alerts has no CRD prometheusrules\.monitoring\.coreos\.com and no namespace monitoring\.\s+Install Prometheus Operator first/,
        );
        assert.doesNotMatch(await kubectl(cluster, "get", "namespaces", "-o", "name"), /istio-system/);
    });

    it("come with the mesh if the cluster knows them", async () => {
        await apply(await prometheusRuleCrd());
        await kubectl(
            cluster,
            "wait",
            "--for=condition=established",
            "crd/prometheusrules.monitoring.coreos.com",
        );
        await kubectl(cluster, "create", "namespace", "monitoring");
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        const selected = ["-n", "monitoring", "-l", "release=prometheus", "-o", "json"];
        const rules = await items<{ spec: { groups: RuleGroup[] } }>("prometheusrules", ...selected);
        assert.equal(rules.length, 1);
        groups = rules[0]!.spec.groups;
        const same = await pulumi(project, cluster, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });

    it("fire for what expires soon, is not renewed or not signed, and for nothing else", async () => {
        // A certificate of one hour has less left than any made for 24 hours should have, and istiod signs none for 100 days.
        await apply(JSON.stringify(asking("hasty", "1h")));
        await apply(JSON.stringify(asking("greedy", "2400h")));
        await kubectl(cluster, "rollout", "status", "-n", "foo", "deploy/hasty", "--timeout=120s");
        const dir = path.join(project.dir, "prometheus");
        fs.mkdirSync(dir);
        prometheus = await Prometheus.start(dir, cluster, await targets(), groups);
        const expected = [
            "IstioCsrSigningFails critical istio-system",
            "IstioIntermediateCertNotRenewed critical istio-system",
            "IstioIntermediateCertNotRenewed warning istio-system",
            "IstioWorkloadCertNotRenewed critical foo hasty",
            "IstioWorkloadCertNotRenewed warning foo hasty",
        ];
        await until("the alerts", async () => difference(await alerts("firing"), expected), {
            limit: 120_000,
            interval: 1000,
            hint: () => fs.readFileSync(path.join(dir, "log"), "utf8"),
        });
        // Every target was scraped twice and the rules were judged on it: what does not fire will not.
        const scrapes = () => prometheus!.query("min(count_over_time(up[10m])) >= 3 and min(up) == 1");
        await until("all targets", async () => ((await scrapes()).length > 0 ? undefined : "a scrape"), {
            limit: 60_000,
        });
        assert.equal(difference(await alerts("firing"), expected), undefined);
        assert.deepEqual(await alerts("pending"), []);
    });

    it("have a dashboard whose every query that Prometheus answers", async () => {
        const maps = await items<{ data: Record<string, string> }>(
            ...(["configmaps", "-n", "monitoring", "-l", "grafana_dashboard=1", "-o", "json"] as const),
        );
        assert.equal(maps.length, 1);
        const dashboard = JSON.parse(maps[0]!.data["istio-plugin-ca-expiry.json"]!) as Dashboard;
        const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
        assert.ok(queries.length >= 9);
        for (const cluster of [".*", "alerts"]) {
            for (const query of queries) {
                const expression = query.replaceAll("$cluster", cluster).replaceAll("$__rate_interval", "1m");
                const series = await prometheus!.query(expression);
                assert.ok(series.length > 0, expression);
                assert.ok(
                    series.every(({ metric }) => metric["cluster"] === "alerts"),
                    expression,
                );
            }
        }
    });

    it("are removed with the mesh", async () => {
        const { exitCode, output } = await pulumi(project, cluster, "destroy", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        assert.equal(
            await kubectl(
                cluster,
                "get",
                "prometheusrules,configmaps",
                "-n",
                "monitoring",
                "-l",
                "release=prometheus",
            ),
            "",
        );
    });

    /** Alerts as `name severity namespace pod`, without what the Deployment adds to the pod's name. */
    async function alerts(state: string): Promise<string[]> {
        const series = await prometheus!.query(`ALERTS{alertstate="${state}", cluster="${cluster}"}`);
        return series
            .map(({ metric: { alertname, severity, namespace, pod } }) =>
                [alertname, severity, namespace, ...(pod ? [pod.split("-")[0]] : [])].join(" "),
            )
            .sort();
    }

    /** istiod and every proxy. */
    async function targets(): Promise<MetricsTarget[]> {
        const pods = await items<{
            metadata: { namespace: string; name: string; labels: Record<string, string> };
        }>(...["pods", "-A", "-o", "json"]);
        return pods
            .filter(({ metadata }) => ["istio-system", "foo"].includes(metadata.namespace))
            .map(({ metadata: { namespace, name, labels } }) =>
                labels["app"] === "istiod"
                    ? { namespace, pod: name, port: 15014, path: "/metrics" }
                    : { namespace, pod: name, port: 15020, path: "/stats/prometheus" },
            );
    }

    async function items<T>(...args: string[]): Promise<T[]> {
        return (JSON.parse(await kubectl(cluster, "get", ...args)) as { items: T[] }).items;
    }

    async function apply(input: string) {
        // Not by kubectl apply without more: the CRD is too large for its annotation.
        const where = ["--kubeconfig", kubeconfigPath, "--context", cluster];
        await execa("kubectl", [...where, "apply", "--server-side", "-f", "-"], { input });
    }
});

/** A CA whose root has ten years left, and whose intermediate 20 days. */
async function nearItsEnd() {
    const [rootKeys, keys] = [await newKey(), await newKey()];
    const root = { keys: rootKeys, pem: await selfSigned(rootKeys) };
    const certificate = await issued(keys, root, { age: 345 });
    return {
        "ca-cert.pem": certificate,
        "ca-key.pem": await privatePem(keys),
        "cert-chain.pem": certificate,
        "root-cert.pem": root.pem,
    };
}

/** A workload whose proxy asks for certificates of this lifetime. */
function asking(name: string, ttl: string) {
    const labels = { app: name };
    const annotations = { "proxy.istio.io/config": JSON.stringify({ proxyMetadata: { SECRET_TTL: ttl } }) };
    const image = "docker.io/mccutchen/go-httpbin:v2.15.0";
    const containers = [{ name: "httpbin", image, imagePullPolicy: "IfNotPresent" }];
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: "foo" },
        spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels, annotations }, spec: { containers } },
        },
    };
}

function difference(found: string[], expected: string[]): string | undefined {
    const text = (list: string[]) => list.join("; ") || "none";
    return text(found) === text(expected)
        ? undefined
        : `${text(found)}, where ${text(expected)} was expected`;
}

import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { until } from "../local/clusters/until";
import { kubeconfigPath, projectDir } from "../local/paths";
import { freePort } from "./freePort";
import { goPrograms } from "./goPrograms";

/** The folder of prometheus and promtool. Without the many service discoveries, which would take longer than the rest. */
export function prometheusPrograms(): Promise<string> {
    return goPrograms("prometheus", "tool", "remove_all_sd");
}

/** The CRD PrometheusRule, as Prometheus Operator's own release has it. */
export async function prometheusRuleCrd(): Promise<string> {
    const module = "github.com/prometheus-operator/prometheus-operator";
    const cwd = path.join(projectDir, "tests", "prometheus-operator");
    const env = { GOFLAGS: "-mod=readonly", GOWORK: "off" };
    await execa("go", ["mod", "download", module], { cwd, env });
    const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd, env });
    const crds = path.join(stdout, "example", "prometheus-operator-crd");
    return fs.readFileSync(path.join(crds, "monitoring.coreos.com_prometheusrules.yaml"), "utf8");
}

/** A pod whose metrics are read, through the API server. */
export interface MetricsTarget {
    namespace: string;
    pod: string;
    port: number;
    path: string;
}

/** A series as a query gives it. */
export interface Series {
    metric: Record<string, string>;
    value: [number, string];
}

/** A real Prometheus that scrapes a local cluster's pods, with the label `cluster` on all series. */
export class Prometheus {
    private constructor(
        private readonly server: ChildProcess,
        private readonly url: string,
    ) {}

    /**
     * @param dir - an empty folder of its own
     * @param ruleGroups - as in a rule file
     */
    static async start(
        dir: string,
        context: string,
        targets: MetricsTarget[],
        ruleGroups: unknown,
    ): Promise<Prometheus> {
        const bin = await prometheusPrograms();
        const write = (name: string, content: unknown) =>
            fs.writeFileSync(path.join(dir, name), stringify(content), { mode: 0o600 });
        write("rules.yml", { groups: ruleGroups });
        write("prometheus.yml", {
            global: { scrape_interval: "2s", evaluation_interval: "2s" },
            rule_files: ["rules.yml"],
            scrape_configs: await scrapeConfigs(context, targets),
        });
        const address = `127.0.0.1:${await freePort()}`;
        const log = fs.openSync(path.join(dir, "log"), "w", 0o600);
        const server = spawn(
            path.join(bin, "prometheus"),
            ["--config.file=prometheus.yml", "--storage.tsdb.path=data", `--web.listen-address=${address}`],
            { cwd: dir, stdio: ["ignore", log, log] },
        );
        const prometheus = new Prometheus(server, `http://${address}`);
        await until("Prometheus", () => prometheus.problem(), { limit: 60_000 });
        return prometheus;
    }

    /** The present value of a PromQL expression. */
    async query(expression: string): Promise<Series[]> {
        const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
        const { data, error } = (await answer.json()) as { data?: { result: Series[] }; error?: string };
        if (!data) {
            throw new Error(`${expression}: ${error}`);
        }
        return data.result;
    }

    async stop(): Promise<void> {
        if (this.server.exitCode === null) {
            this.server.kill();
            await once(this.server, "exit");
        }
    }

    private async problem(): Promise<string | undefined> {
        const answer = await fetch(`${this.url}/-/ready`).catch((error: Error) => error);
        return answer instanceof Error ? answer.message : answer.ok ? undefined : await answer.text();
    }
}

async function scrapeConfigs(context: string, targets: MetricsTarget[]) {
    const { server, ...tls } = await access(context);
    return targets.map(({ namespace, pod, port, path }) => ({
        job_name: `${namespace}/${pod}`,
        scheme: "https",
        metrics_path: `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`,
        tls_config: tls,
        static_configs: [{ targets: [new URL(server).host], labels: { cluster: context, namespace, pod } }],
    }));
}

async function access(context: string) {
    const args = ["config", "view", "--raw", "--minify", "--flatten", "--context", context, "-o", "json"];
    const { stdout } = await execa("kubectl", ["--kubeconfig", kubeconfigPath, ...args]);
    const { clusters, users } = JSON.parse(stdout) as {
        clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
        users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
    };
    const text = (base64: string) => Buffer.from(base64, "base64").toString();
    return {
        server: clusters[0]!.cluster.server,
        ca: text(clusters[0]!.cluster["certificate-authority-data"]),
        cert: text(users[0]!.user["client-certificate-data"]),
        key: text(users[0]!.user["client-key-data"]),
    };
}

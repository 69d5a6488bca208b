import assert from "node:assert/strict";
import { Project } from "../../cli/project";
import { verify } from "../../cli/verification";
import * as clusters from "../../local/clusters";
import { until } from "../../local/clusters/until";
import { onLocalCluster } from "../../local/project";
import type { ClusterOutputs } from "../../stacks/outputs";
import type { Report } from "../../verify/report";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { Load } from "./load";

const cluster = "spread";

describe("A renewed intermediate that workloads follow each at its own time", function () {
    this.timeout("20m");
    let project: Project;
    let load: Load;
    let first: ClusterOutputs;
    let trusted: string;

    before(async () => {
        await freshClusters([cluster]);
        project = await freshProject("reissue", { [cluster]: settings(365) });
        await project.openOrCreate(cluster);
        await up();
        first = await outputs<ClusterOutputs>(project, cluster);
        trusted = await rootConfigMap();
        load = await Load.start(cluster);
    });

    after(() => clusters.down([cluster]));

    it("is what istiod signs with when the `up` ends, while proxies go on below the one before", async () => {
        await changeSettings(project, { [cluster]: settings(364) });
        await up();
        const { ca, verification } = await outputs<ClusterOutputs>(project, cluster);
        assert.notEqual(ca!.fingerprint, first.ca!.fingerprint);
        assert.equal((verification as { verdict: string }).verdict, "passed");
        assert.match(await proxies(), /^by all 4, of which [1-4] still below the one before$/);
        assert.equal(await rootConfigMap(), trusted);
        const same = await pulumi(project, cluster, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });

    it("is what all serve below when the time is over", async () => {
        const behind = async () => {
            const observed = await proxies();
            return observed === "by all 4" ? undefined : observed;
        };
        await until("all proxies", behind, { limit: 4 * 60_000, interval: 5000 });
    });

    it("cost not one request", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify(outcome)}`);
        assert.ok(outcome.requests > 1000, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    function settings(intermediateValidityDays: number) {
        return onLocalCluster(cluster, { role: "standalone", reissueWithin: "3m", intermediateValidityDays });
    }

    async function up() {
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
    }

    /** What the verification saw of the proxies. */
    async function proxies(): Promise<string> {
        const { output, exitCode } = await verify(project, cluster, { limitSeconds: 60, json: true });
        assert.equal(exitCode, 0, output);
        const { checks } = JSON.parse(output) as Report;
        return checks.find(({ name }) => name.startsWith("proxies:"))!.observed;
    }

    function rootConfigMap(): Promise<string> {
        const path = ["-o", "jsonpath={.data.root-cert\\.pem}"];
        return kubectl(cluster, "get", "configmap", "istio-ca-root-cert", "-n", "foo", ...path);
    }
});

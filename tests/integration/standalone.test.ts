import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../cli/project";
import { verify } from "../../cli/verification";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import type { ClusterOutputs } from "../../stacks/outputs";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { snapshot } from "./snapshot";

const cluster = "solo";

describe("A standalone stack on a cluster", function () {
    this.timeout("15m");
    const settings = onLocalCluster(cluster, { role: "standalone" });
    let project: Project;
    let empty: string[];

    before(async () => {
        await freshClusters([cluster]);
        empty = await snapshot(cluster);
        project = await freshProject("standalone", { [cluster]: settings });
        await pulumi(project, cluster, "stack", "init");
    });

    after(() => clusters.down([cluster]));

    it("fails with istioctl's own words where istioctl does, and tells no key", async () => {
        const wrong = { ...settings, istioSet: ["values.nonsense.x=1", "profile=missing"] };
        await changeSettings(project, { [cluster]: wrong });
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /profile/);
        assert.doesNotMatch(output, /PRIVATE KEY/);
        await changeSettings(project, { [cluster]: settings });
    });

    it("comes up after an `up` that was killed half-way", async () => {
        const up = execa("pulumi", ["up", "--yes", "--skip-preview", "--stack", cluster], {
            cwd: project.dir,
            env: project.variables(cluster),
            all: true,
            reject: false,
        });
        for await (const line of up.iterable({ from: "all" })) {
            if (line.includes("istio-istioctl") && line.includes("creating")) {
                break;
            }
        }
        up.kill("SIGKILL");
        await up;
        const locked = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.match(locked.output, /currently locked/);
        assert.equal((await pulumi(project, cluster, "cancel", "--yes")).exitCode, 0);
        const refresh = await pulumi(project, cluster, "refresh", "--yes", "--clear-pending-creates");
        assert.equal(refresh.exitCode, 0, refresh.output);
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        const { verification } = await outputs<ClusterOutputs>(project, cluster);
        assert.equal((verification as { verdict: string }).verdict, "passed");
    });

    it("goes without a trace", async () => {
        const { exitCode, output } = await pulumi(project, cluster, "destroy", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(await snapshot(cluster), empty);
    });

    it("comes up again, with RSA keys, an IstioOperator file and istioctl kube-inject", async () => {
        const istioOperator = path.join(project.dir, "operator.yaml");
        const operator = {
            apiVersion: "install.istio.io/v1alpha1",
            kind: "IstioOperator",
            spec: { meshConfig: { accessLogFile: "" } },
        };
        fs.writeFileSync(istioOperator, JSON.stringify(operator));
        const changed = { ...settings, profile: "makefile", injection: "kube-inject", istioOperator };
        await changeSettings(project, { [cluster]: changed });
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        const mesh = await kubectl(
            cluster,
            "get",
            "configmap",
            "istio",
            "-n",
            "istio-system",
            "-o",
            "jsonpath={.data.mesh}",
        );
        assert.match(mesh, /accessLogFile: ""/);
        const labels = await kubectl(cluster, "get", "namespace", "foo", "-o", "jsonpath={.metadata.labels}");
        assert.doesNotMatch(labels, /istio-injection/);
        const report = await verify(project, cluster, { limitSeconds: 60 });
        assert.equal(report.exitCode, 0, report.output);
        const same = await pulumi(project, cluster, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });
});

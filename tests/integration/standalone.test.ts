import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import pRetry from "p-retry";
import { parseAllDocuments } from "yaml";
import { Project } from "../../operations/project/project";
import { verify } from "../../operations/verify";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import type { ClusterOutputs } from "../../stacks/outputs";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { apply } from "./load";
import { snapshot } from "./snapshot";

const cluster = "solo";

describe("A standalone stack on a cluster", function () {
    this.timeout("15m");
    const settings = onLocalCluster(cluster, { role: "standalone" });
    let project: Project;
    let empty: string[];

    before(async () => {
        await freshClusters([cluster]);
        await somebodysVirtualService();
        empty = await snapshot(cluster);
        project = await freshProject("standalone", { [cluster]: settings });
        await pulumi(project, cluster, "stack", "init");
    });

    after(() => clusters.down([cluster]));

    it("fails with istioctl's own words if istioctl fails, and shows no key", async () => {
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

    it("is not taken down by a typing mistake", async () => {
        const before = await pulumi(project, cluster, "stack", "export");
        const slips: [Record<string, unknown>, RegExp][] = [
            [
                { deploy: false },
                /The setting deploy is false, but this stack has a live mesh in cluster solo/,
            ],
            [
                { role: "cluster" },
                /The setting role is cluster, but this stack is a live one of role standalone/,
            ],
            [{ cluster: "other" }, /The cluster's name is other, but this stack holds cluster solo/],
            [
                { istio: "external" },
                /The setting istio is external, but this mesh was brought up with install/,
            ],
            [
                { context: "other" },
                /The mesh of this stack is in cluster solo, context solo at .* cannot be seen: /,
            ],
        ];
        for (const [slip, told] of slips) {
            await changeSettings(project, { [cluster]: { ...settings, ...slip } });
            const { exitCode, output } = await pulumi(project, cluster, "preview");
            assert.notEqual(exitCode, 0, output);
            assert.match(output, told);
            assert.match(output, /Nothing was changed\./);
            assert.doesNotMatch(output, /\.ts:\d+/);
        }
        assert.deepEqual(
            urns((await pulumi(project, cluster, "stack", "export")).output),
            urns(before.output),
        );
    });

    it("is removed without a trace in the way that the refusal names, and leaves what was there before", async () => {
        await changeSettings(project, { [cluster]: { ...settings, deploy: false } });
        const refused = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.match(
            refused.output,
            /To take the mesh down: `pulumi state unprotect --all --stack solo` and `pulumi destroy --stack solo`/,
        );
        const spared = await pulumi(project, cluster, "destroy", "--yes", "--skip-preview");
        assert.match(spared.output, /cannot be deleted\s+because it is protected/);
        assert.deepEqual(
            urns((await pulumi(project, cluster, "stack", "export")).output)
                .map((urn) => urn.split("::").at(-1))
                .filter((name) => name!.startsWith("root-")),
            ["root-key", "root-cert"],
        );
        await succeed("state", "unprotect", "--all", "--yes");
        await succeed("destroy", "--yes", "--skip-preview");
        assert.deepEqual(await snapshot(cluster), empty);
        await changeSettings(project, { [cluster]: { ...settings, deploy: false, protectRoot: false } });
        await succeed("up", "--yes", "--skip-preview");
        await succeed("destroy", "--yes", "--skip-preview");
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
        await succeed("preview", "--expect-no-changes");
    });

    it("is created again in its rebuilt cluster, when asked to, with the keys that it had", async () => {
        const before = await outputs<ClusterOutputs>(project, cluster);
        await freshClusters([cluster]);
        const refused = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.notEqual(refused.exitCode, 0);
        const [, old, uid] =
            /is in cluster solo, context solo at .*, UID (\S+), but .* leads to another cluster .*, UID (\S+)\. This stack/.exec(
                refused.output,
            )!;
        assert.equal(old, before.mesh!.uid);
        assert.ok(refused.output.includes(`\`pulumi config set clusterUid ${uid} --stack solo\``));
        await succeed("config", "set", "istio-plugin-ca:clusterUid", uid!);
        const unseen = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.notEqual(unseen.exitCode, 0);
        assert.match(unseen.output, /istio-system\/cacerts is missing: .*\n.*`pulumi up --refresh`/);
        await succeed("up", "--yes", "--skip-preview", "--refresh");
        const { root, ca, mesh, verification } = await outputs<ClusterOutputs>(project, cluster);
        assert.deepEqual({ root, ca, uid: mesh!.uid }, { root: before.root, ca: before.ca, uid });
        assert.equal((verification as { verdict: string }).verdict, "passed");
    });

    async function succeed(...args: string[]) {
        const { exitCode, output } = await pulumi(project, cluster, ...args);
        assert.equal(exitCode, 0, output);
    }

    /** With its CRD, as a chart of Istio's base leaves it. */
    async function somebodysVirtualService() {
        const { stdout } = await execa("istioctl", ["manifest", "generate", "--set", "profile=minimal"]);
        const crd = "virtualservices.networking.istio.io";
        const found = parseAllDocuments(stdout)
            .map((document) => document.toJS() as { kind?: string; metadata?: { name: string } } | null)
            .find((each) => each?.kind === "CustomResourceDefinition" && each.metadata?.name === crd);
        await apply(cluster, [found!]);
        // kubectl fails at once while there is no condition at all.
        await pRetry(
            () => kubectl(cluster, "wait", "--for=condition=Established", `crd/${crd}`, "--timeout=30s"),
            { retries: 50, factor: 1, minTimeout: 200 },
        );
        await apply(cluster, [virtualService]);
    }
});

const virtualService = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "somebodys", namespace: "default" },
    spec: { hosts: ["somebodys"], http: [{ route: [{ destination: { host: "somebodys" } }] }] },
};

/** What an exported stack holds. */
function urns(exported: string): string[] {
    const { deployment } = JSON.parse(exported) as { deployment: { resources: { urn: string }[] } };
    return deployment.resources.map(({ urn }) => urn);
}

import assert from "node:assert/strict";
import { Project } from "../../operations/project/project";
import { destroy } from "../../operations/destroy";
import { up } from "../../operations/up";
import * as clusters from "../../local/clusters";
import { kubeconfigPath } from "../../local/paths";
import { LocalProject, onLocalCluster } from "../../local/project";
import type { ClusterOutputs, LinksOutputs } from "../../stacks/outputs";
import type { MatrixSummary } from "../../verify/matrixReport";
import { freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";

const names = ["linked1", "linked2"];

describe("A mesh of two clusters that a stack links", function () {
    this.timeout("15m");
    let project: Project;

    before(async () => {
        await freshClusters(names);
        project = await freshProject("links", stacksOf(await apiServers()));
    });

    after(() => clusters.down(names));

    it("is refused before anything is changed, with all faults at once, each with its remedy", async () => {
        await pulumi(project, "mesh", "stack", "init");
        const { exitCode, output } = await pulumi(project, "mesh", "preview");
        assert.notEqual(exitCode, 0);
        for (const name of names) {
            assert.match(
                output,
                new RegExp(`stack-missing: Stack organization/istio-plugin-ca/${name}, which`),
            );
        }
    });

    it("comes up from nothing, and every pair of clusters is seen to trust each other", async () => {
        await up(project, project.stacks());
        const { links, matrix } = await outputs<LinksOutputs>(project, "mesh");
        assert.deepEqual(Object.keys(links), names);
        const { verdict, cells } = matrix as MatrixSummary;
        assert.equal(verdict, "passed");
        assert.equal(cells.length, 2);
        const { multicluster } = await outputs<ClusterOutputs>(project, "linked1");
        assert.deepEqual(
            { ...multicluster, gateway: undefined },
            {
                meshId: "mesh1",
                network: "linked1",
                trustDomain: "cluster.local",
                gateway: undefined,
            },
        );
        assert.equal(multicluster!.gateway!.length, 1);
    });

    it("keeps its tokens from everybody who can read the stack's outputs or state", async () => {
        const secret = await kubectl(
            "linked1",
            "get",
            "secret",
            "istio-remote-secret-linked2",
            "-n",
            "istio-system",
            "-o",
            "jsonpath={.data.linked2}",
        );
        const token = /token: (\S+)/.exec(Buffer.from(secret, "base64").toString())![1]!;
        const exported = await pulumi(project, "mesh", "stack", "export");
        assert.ok(!exported.output.includes(token));
        const shown = await pulumi(project, "mesh", "stack", "output", "--json");
        assert.ok(!shown.output.includes(token));
    });

    it("has nothing to change afterwards", async () => {
        const { exitCode, output } = await pulumi(project, "mesh", "preview", "--expect-no-changes");
        assert.equal(exitCode, 0, output);
    });

    it("is taken down without a trace, and leaves the clusters' own meshes", async () => {
        await destroy(
            project,
            project.stacks().filter(({ role }) => role === "mesh"),
        );
        for (const name of names) {
            const left = await kubectl(
                name,
                "get",
                "namespace,serviceaccount,clusterrolebinding,secret",
                "-A",
                "-o",
                "name",
            );
            assert.doesNotMatch(left, /mesh-probe|istio-plugin-ca-reader|istio-remote-secret/);
        }
    });
});

function stacksOf(apiServers: string[]): LocalProject["stacks"] {
    const member = (name: string) =>
        onLocalCluster(name, { role: "cluster", meshId: "mesh1", istioProfile: "minimal" });
    return {
        root: { role: "root", clusters: names, crls: true },
        linked1: member("linked1"),
        linked2: member("linked2"),
        mesh: { role: "mesh", clusters: names, kubeconfig: kubeconfigPath, apiServers },
    };
}

/** The addresses that the nodes of other clusters reach. */
async function apiServers(): Promise<string[]> {
    return Promise.all(
        names.map(async (name) => {
            const ip = await kubectl(
                name,
                "get",
                "node",
                name,
                "-o",
                "jsonpath={.status.addresses[0].address}",
            );
            return `${name}=https://${ip}:6443`;
        }),
    );
}

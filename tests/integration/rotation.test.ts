import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../../cli/project";
import { rotate } from "../../cli/rotate";
import { runTasks } from "../../cli/tasks";
import { destroy, up } from "../../cli/walk";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import { fingerprint, parseCertificates } from "../../pki/certificates";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { Load } from "./load";

const names = ["turn1", "turn2"];

describe("A root that is replaced under load", function () {
    this.timeout("20m");
    let project: Project;
    let load: Load;
    let first: RootOutputs;

    before(async () => {
        await freshClusters(names);
        project = await freshProject("rotation", {
            root: { role: "root", clusters: names },
            ...Object.fromEntries(names.map((name) => [name, onLocalCluster(name, { role: "cluster" })])),
        });
        await runTasks(up(project, project.stacks()), "silent");
        first = await outputs<RootOutputs>(project, "root");
        const other = await podIp("turn2");
        await apply("turn1", [newConnections, remote(other)]);
        load = await Load.start("turn1", { rate: 25, servers: ["httpbin:8000", `${other}:8080`] });
    });

    after(async () => {
        await runTasks(destroy(project, project.stacks()), "silent");
        await clusters.down(names);
    });

    it("is trusted beside the new one first, and stops where it is told to", async () => {
        const questions: string[] = [];
        await go({
            ask: (question) => {
                questions.push(question);
                return Promise.resolve(questions.length === 1);
            },
        });
        assert.match(questions[0]!, /Step 1 of 3: Trust root-2 beside root\. Go on\?$/);
        assert.match(questions[1]!, /Step 2 of 3: Sign with root-2\. Go on\?$/);
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root", "root-2"]);
        assert.deepEqual(root, first.root);
        for (const name of names) {
            assert.deepEqual((await trusted(name)).sort(), fingerprints(roots));
        }
    });

    it("is not skipped by a plain up", async () => {
        const stack = await project.open("root");
        const before = await stack.getAllConfig();
        await stack.removeConfig("istio-plugin-ca:roots");
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "root-2" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", { value: "root-2" });
        const { exitCode, output } = await pulumi(project, "root", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /Root root cannot go yet: the CA of turn1, turn2 is signed by it\. Nothing was changed\./,
        );
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "root" } }, true);
        await stack.setAllConfig({ "istio-plugin-ca:roots[1]": { value: "root-2" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", before["istio-plugin-ca:signingRoot"]!);
    });

    it("comes back where the rotation is undone", async () => {
        await go({ back: true });
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root"]);
        assert.deepEqual(root, first.root);
        assert.deepEqual(await trusted("turn1"), [first.root.fingerprint]);
    });

    it("gives way to the new one", async () => {
        const before = await kubectl("turn1", "get", "pods", "-A", "-o", "name");
        await go({});
        const { roots, root } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(Object.keys(roots), ["root-2"]);
        assert.notEqual(root.fingerprint, first.root.fingerprint);
        for (const name of names) {
            const cluster = await outputs<ClusterOutputs>(project, name);
            assert.deepEqual(cluster.root, root);
            assert.deepEqual(await trusted(name), [root.fingerprint]);
        }
        assert.equal(await kubectl("turn1", "get", "pods", "-A", "-o", "name"), before);
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify(outcome)}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    function go(options: Parameters<typeof rotate>[2]) {
        return rotate(project, "root", options);
    }

    /** The roots that the workloads' namespace was given. */
    async function trusted(context: string): Promise<string[]> {
        const path = ["-o", "jsonpath={.data.root-cert\\.pem}"];
        const pem = await kubectl(context, "get", "configmap", "istio-ca-root-cert", "-n", "foo", ...path);
        return parseCertificates(pem).map(fingerprint);
    }

    function fingerprints(roots: RootOutputs["roots"]): string[] {
        return Object.values(roots)
            .map(({ fingerprint }) => fingerprint)
            .sort();
    }

    function podIp(context: string): Promise<string> {
        const ip = ["-o", "jsonpath={.items[0].status.podIP}"];
        return kubectl(context, "get", "pods", "-n", "foo", "-l", "app=httpbin", ...ip);
    }

    /** httpbin of another cluster, whose pods this one's reach: by mutual TLS, as in one mesh. */
    function remote(address: string) {
        return {
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: { name: "remote", namespace: "foo" },
            spec: {
                hosts: ["httpbin.remote"],
                addresses: [address],
                location: "MESH_INTERNAL",
                resolution: "STATIC",
                ports: [{ name: "http", number: 8080, protocol: "HTTP" }],
                endpoints: [{ address, labels: { "security.istio.io/tlsMode": "istio" } }],
                subjectAltNames: ["spiffe://cluster.local/ns/foo/sa/httpbin"],
            },
        };
    }

    async function apply(context: string, objects: object[]) {
        const manifest = path.join(project.dir, "objects.json");
        fs.writeFileSync(manifest, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
        await kubectl(context, "apply", "-f", manifest);
    }
});

/** The proxies would else keep their connections, and with them the certificates of the past. */
const newConnections = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "new-connections", namespace: "foo" },
    spec: {
        host: "httpbin.foo.svc.cluster.local",
        trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 1 } } },
    },
};

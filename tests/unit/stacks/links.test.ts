import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import program from "../../../index";
import type { LinksOutputs, Multicluster } from "../../../stacks/outputs";
import type { RefusalId } from "../../../stacks/refusal";
import { withApiServer } from "../support/apiServer";
import { Held, token, tokenExpires } from "../support/mockedProviders";
import { isSecret, MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";
import { testCa, TestCa } from "../support/roles";

const names = ["cluster1", "cluster2"];
const oneServer = '["cluster1=https://cluster1.example"]';
const apiServers = JSON.stringify(names.map((name) => `${name}=https://${name}.example:6443`));

describe("A stack that links clusters", () => {
    let one: TestCa;
    let two: TestCa;
    let other: TestCa;

    before(async () => {
        one = await testCa();
        two = await testCa(one.root);
        other = await testCa();
    });

    /** The outputs of a cluster's stack. */
    function member(name: string, ca: TestCa, multicluster: Partial<Multicluster> = {}) {
        return {
            files: ca.files,
            mesh: {
                cluster: name,
                context: `context-${name}`,
                uid: `uid-${name}`,
                server: "https://127.0.0.1:1",
            },
            multicluster: {
                meshId: "mesh1",
                network: name,
                trustDomain: "cluster.local",
                gateway: ["10.0.0.1"],
                ...multicluster,
            },
        };
    }

    /** @param clusters - how the outputs of the clusters' stacks differ from those of two that fit each other */
    async function up(
        clusters: Record<string, object> = {},
        { live = {}, config = {}, ...held }: { live?: object; config?: Record<string, string> } & Held = {},
    ): Promise<MockedProgram<LinksOutputs>> {
        const outputs = { cluster1: member("cluster1", one), cluster2: member("cluster2", two), ...clusters };
        return await runMocked(program as () => Promise<LinksOutputs>, {
            ...held,
            stack: "mesh",
            config: { role: "mesh", clusters: JSON.stringify(names), apiServers, ...config },
            stacks: {
                "organization/istio-plugin-ca/mesh": { ...live },
                ...Object.fromEntries(
                    Object.entries(outputs).map(([name, each]) => [
                        `organization/istio-plugin-ca/${name}`,
                        each,
                    ]),
                ),
            },
        });
    }

    it("lets each cluster read the others, once their API servers were reached, and proves the trust last", async () => {
        const stack = await up();
        for (const [holder, read] of [names, names.toReversed()] as [string, string][]) {
            const secret = stack.find("kubernetes:core/v1:Secret", `${holder}-reads-${read}-secret`);
            const { name, labels, annotations } = (secret.inputs as { metadata: Record<string, object> })
                .metadata;
            assert.deepEqual(
                { name, labels, annotations },
                {
                    name: `istio-remote-secret-${read}`,
                    labels: { "istio/multiCluster": "true" },
                    annotations: { "networking.istio.io/cluster": read },
                },
            );
            // It is registered after the component that it is part of.
            const { dependencies } = stack.find(
                "istio-plugin-ca:index:RemoteSecret",
                `${holder}-reads-${read}`,
            );
            assert.match(dependencies.join(), new RegExp(`${holder}-reads-${read}-reachable`));
            const check = stack.find("command:local:Command", `${holder}-reads-${read}-reachable`);
            const { environment } = check.inputs as { environment: Record<string, string> };
            assert.deepEqual(
                [environment["KUBE_CONTEXT"], environment["API_SERVER"], environment["API_SERVER_CA"]],
                [`context-${holder}`, `https://${read}.example:6443`, `ca of ${read}-reader-token\n`],
            );
        }
        const matrix = stack.find("command:local:Command", "matrix-handshakes");
        const parent = stack.find("istio-plugin-ca:index:MeshMatrix", "matrix");
        for (const secret of ["cluster1-reads-cluster2-secret", "cluster2-reads-cluster1-secret"]) {
            assert.match([...matrix.dependencies, ...parent.dependencies].join(), new RegExp(secret));
        }
        const { meshId, links } = stack.outputs;
        assert.equal(meshId, "mesh1");
        assert.deepEqual(Object.keys(links), names);
        assert.deepEqual(
            { ...links["cluster1"]!.token!, renewFrom: "" },
            { number: 1, expires: tokenExpires, renewFrom: "" },
        );
    });

    it("keeps the tokens secret, which no other resource and no output shows", async () => {
        const { resources, outputs } = await up();
        assert.ok(!JSON.stringify(outputs).includes(token));
        const holders = resources.flatMap(({ name, inputs }) =>
            Object.entries(inputs)
                .filter(([, value]) => JSON.stringify(value).includes(token))
                .map(([input, value]) => [name, input, isSecret(value)]),
        );
        assert.deepEqual(holders.sort(), [
            ["cluster1-reads-cluster2-secret", "stringData", true],
            ["cluster2-reads-cluster1-secret", "stringData", true],
        ]);
    });

    it("replaces a token in the second half of its life, and not before", async () => {
        const numbers = async (renewFrom: string) => {
            const facts = { number: 3, expires: tokenExpires, renewFrom };
            const links = { cluster1: { stack: "cluster1", context: "c", network: "n", token: facts } };
            const stack = await up({}, { live: { links } });
            return names.map((name) => {
                const { inputs } = stack.find("command:local:Command", `${name}-reader-token`);
                return (inputs as { environment: Record<string, string> }).environment["TOKEN_NUMBER"];
            });
        };
        assert.deepEqual(await numbers("2098-01-01T00:00:00Z"), ["3", "1"]);
        assert.deepEqual(await numbers("2020-01-01T00:00:00Z"), ["4", "1"]);
    });

    it("warns of a token that lives shorter than asked for, once", async () => {
        const config = { tokenDays: "365" };
        const expires = new Date(Date.now() + 86_400_000).toISOString();
        const short = (links = {}) => up({}, { config, live: { links }, tokenExpires: expires });
        const { logs } = await short();
        assert.match(
            logs.join(),
            /API server of cluster1 gave a token until .*, though tokenDays is 365\. Run an `up`/,
        );
        const token = { number: 1, expires, renewFrom: expires };
        const known = Object.fromEntries(
            names.map((name) => [name, { stack: name, context: "c", network: "n", token }]),
        );
        assert.deepEqual((await short(known)).logs, []);
    });

    it("needs no token if clusters read each other by a kubeconfig without one", async () => {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "links-"));
        const remoteKubeconfig = path.join(dir, "kubeconfig");
        fs.writeFileSync(
            remoteKubeconfig,
            "cluster: {cluster}\nserver: {server}\nca: {ca}\nexec: {command: aws}\n",
        );
        const stack = await up({}, { config: { remoteKubeconfig } });
        const { resources, outputs } = stack;
        fs.rmSync(dir, { recursive: true });
        const { inputs } = stack.find("kubernetes:core/v1:Secret", "cluster1-reads-cluster2-secret");
        const ca = Buffer.from("ca of cluster2-reader-token\n").toString("base64");
        const kubeconfig = `cluster: cluster2\nserver: https://cluster2.example:6443\nca: ${ca}\nexec: {command: aws}\n`;
        assert.ok(JSON.stringify(inputs).includes(JSON.stringify(kubeconfig)), JSON.stringify(inputs));
        assert.ok(resources.every(({ type }) => !/ClusterRoleBinding/.test(type)));
        const { environment } = stack.find("command:local:Command", "cluster1-reader-token").inputs as {
            environment: Record<string, string>;
        };
        assert.equal(environment["SERVICE_ACCOUNT"], "");
        assert.equal(outputs.links["cluster1"]!.token, undefined);
    });

    it("leaves the proof out if asked to", async () => {
        const { resources, outputs } = await up({}, { config: { verification: "false" } });
        assert.ok(resources.every(({ type }) => type !== "istio-plugin-ca:index:MeshMatrix"));
        assert.equal(outputs.matrix, undefined);
    });

    it("needs no gateways between clusters of one network", async () => {
        const network = { network: "n", gateway: undefined };
        const stack = await up({
            cluster1: member("cluster1", one, network),
            cluster2: member("cluster2", two, network),
        });
        assert.deepEqual(Object.keys(stack.outputs.links), names);
    });

    it("links clusters of two roots that trust both", async () => {
        const rootCertPem = one.root.pem + other.root.pem;
        const both = (ca: TestCa) => ({ files: { ...ca.files, "root-cert.pem": rootCertPem } });
        const stack = await up({
            cluster1: { ...member("cluster1", one), ...both(one) },
            cluster2: { ...member("cluster2", other), ...both(other) },
        });
        assert.equal(stack.outputs.meshId, "mesh1");
    });

    const refused: [string, () => Promise<unknown>, RefusalId | RefusalId[], ...(string | RegExp)[]][] = [
        [
            "clusters that are not ready",
            () => up({ cluster1: {}, cluster2: { ...member("cluster2", two), multicluster: undefined } }),
            "member-not-ready",
            "Stack cluster1 has no CA plugged in",
            "Stack cluster2 has a mesh of its own alone: set meshId",
        ],
        [
            "a cluster without a mesh",
            () => up({ cluster1: { files: one.files } }),
            "member-not-ready",
            "Stack cluster1 has no mesh",
        ],
        [
            "two stacks of one cluster",
            () =>
                up({
                    cluster2: { ...member("cluster2", two), mesh: member("cluster1", one).mesh },
                }),
            "members-collide",
            "are in one cluster, UID uid-cluster1",
        ],
        [
            "two clusters of one name",
            () =>
                up({
                    cluster2: {
                        ...member("cluster2", two),
                        mesh: { ...member("cluster1", one).mesh, uid: "u" },
                    },
                }),
            "members-collide",
            "are both named cluster1",
        ],
        [
            "clusters of two meshes and trust domains",
            () => up({ cluster2: member("cluster2", two, { meshId: "mesh2", trustDomain: "other" }) }),
            "members-differ",
            "The setting meshId differs: mesh1 in cluster1, mesh2 in cluster2.",
            "The setting trustDomain differs",
        ],
        [
            "clusters of two roots",
            () => up({ cluster2: member("cluster2", other) }),
            "members-reject",
            "The workloads of cluster2 would reject those of cluster1",
            "The workloads of cluster1 would reject those of cluster2",
        ],
        [
            "a rotation half-way, of which one cluster trusts the new root and the other does not",
            () => {
                const files = { ...one.files, "root-cert.pem": one.root.pem + other.root.pem };
                return up({
                    cluster1: { ...member("cluster1", one), files },
                    cluster2: { ...member("cluster2", other) },
                });
            },
            "members-reject",
            "The workloads of cluster2 would reject those of cluster1",
        ],
        [
            "a cluster of another network without a gateway, or whose gateway has no address",
            () =>
                up({
                    cluster1: member("cluster1", one, { gateway: undefined }),
                    cluster2: member("cluster2", two, { gateway: [] }),
                }),
            "gateway-missing",
            "Cluster cluster1 is in network cluster1 and has no east-west gateway",
            "The east-west gateway of cluster2 has no address yet",
        ],
        [
            "an API server that no other cluster reaches",
            () => up({}, { config: { apiServers: oneServer } }),
            "api-server-local",
            "The API server of cluster2 is https://127.0.0.1:1, an address that no other cluster reaches",
        ],
        [
            "all of it at once",
            () => up({ cluster2: member("cluster2", other, { meshId: "mesh2", gateway: [] }) }),
            ["members-differ", "members-reject", "gateway-missing"],
        ],
        [
            "another role's stack",
            () => up({}, { live: { csr: { generation: 1, pem: "csr" } } }),
            "role-changed",
        ],
    ];
    for (const [what, run, ids, ...facts] of refused) {
        it(`refuses ${what}`, () => assert.rejects(run, refusedBy(ids, ...facts)));
    }

    it("refuses clusters that are others than their stacks say, or whose network label is missing", () =>
        withApiServer(
            {
                "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid: "uid-cluster1" } },
                "/api/v1/namespaces/istio-system": {
                    metadata: { labels: { "topology.istio.io/network": "cluster2" } },
                },
            },
            async (kubeconfig) => {
                const contexts = JSON.stringify(names.map((name) => `${name}=cluster1`));
                const refusal = refusedBy(
                    ["other-cluster", "network-label-missing"],
                    "Context cluster1 leads to the cluster of UID uid-cluster1, but stack cluster2 is in that of UID uid-cluster2.",
                    "Namespace istio-system of cluster cluster1 has the label topology.istio.io/network=cluster2; its stack says cluster1.",
                );
                await assert.rejects(() => up({}, { config: { kubeconfig, contexts } }), refusal);
            },
        ));

    it("does not become a stack of another role", async () => {
        const links = {
            cluster1: {
                stack: "cluster1",
                context: "c",
                network: "n",
                token: { number: 1, expires: "", renewFrom: "" },
            },
        };
        const asRoot = () =>
            runMocked(program as () => Promise<unknown>, {
                stack: "mesh",
                config: { role: "root" },
                stacks: { "organization/istio-plugin-ca/mesh": { links } },
            });
        await assert.rejects(asRoot, refusedBy("role-changed", "the links between its clusters"));
    });
});

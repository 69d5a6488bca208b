import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import program from "../../../index";
import type { ClusterOutputs } from "../../../stacks/outputs";
import { csr, issued, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { withIstioctl } from "../support/istioctl";
import { MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";

const self = "organization/istio-plugin-ca/cluster1";
/** A cluster without a mesh. */
const kubeSystem = (uid: string) => ({
    "/api/v1/namespaces/kube-system": { metadata: { uid } },
    "/api/v1/namespaces/istio-system/pods": { items: [] },
});

/** In whatever way a stack is asked, before anything of it is registered. */
const runs = { preview: true, up: false };

describe("A live stack", () => {
    let caSource: string;
    /** What stack root exports of cluster1's request. */
    let signed: object;
    /** What each role's last `up` left, before it had a mesh and with one. */
    let keys: Record<string, Partial<ClusterOutputs> & { roots?: object }>;
    let live: Record<string, Partial<ClusterOutputs> & { roots?: object }>;
    const roles = ["cluster", "standalone", "ready"];

    before(async () => {
        const [rootKeys, pair] = [await newKey(), await newKey()];
        const rootPem = await selfSigned(rootKeys);
        const files = publicFiles(await issued(pair, { keys: rootKeys, pem: rootPem }), rootPem);
        caSource = fs.mkdtempSync(path.join(os.tmpdir(), "slips-"));
        for (const [name, text] of Object.entries({ ...files, "ca-key.pem": await privatePem(pair) })) {
            fs.writeFileSync(path.join(caSource, name), text, { mode: 0o600 });
        }
        const certificate = { generation: 1, pem: files["ca-cert.pem"] };
        signed = { certificates: { cluster1: certificate }, trustBundle: rootPem };
        keys = {
            root: { roots: {} },
            cluster: { status: "CA signed", csr: { generation: 1, pem: await csr(pair) } },
            standalone: { status: "CA signed" },
            ready: { status: "CA ready" },
        };
        live = Object.fromEntries(
            Object.entries(keys).map(([role, outputs]) => [
                role,
                role === "root" ? outputs : { ...outputs, istioMode: "install" as const },
            ]),
        );
    });

    after(() => fs.rmSync(caSource, { recursive: true }));

    function run(
        role: string,
        outputs: object,
        settings: Record<string, string> = {},
        { preview = false, registered = [] as string[], root = {} } = {},
    ): Promise<MockedProgram<ClusterOutputs>> {
        const ca: Record<string, string> = role === "ready" ? { caSource } : {};
        return withIstioctl("1.31.0", () =>
            runMocked(program as () => Promise<ClusterOutputs>, {
                config: { role, ...(role !== "root" && { context: "cluster1", ...ca }), ...settings },
                stacks: {
                    [self]: outputs as Record<string, unknown>,
                    "organization/istio-plugin-ca/root": root,
                },
                preview,
                onRegister: (name) => registered.push(name),
            }),
        );
    }

    /** Refused by preview and `up`, with nothing but stacks' outputs read. */
    async function refused(
        role: string,
        outputs: object,
        settings: Record<string, string>,
        told: ReturnType<typeof refusedBy>,
    ) {
        for (const preview of Object.values(runs)) {
            const registered: string[] = [];
            await assert.rejects(run(role, outputs, settings, { preview, registered }), told);
            assert.deepEqual(
                registered.filter((name) => !name.startsWith("organization/")),
                [],
            );
        }
    }

    for (const role of roles) {
        it(`of role ${role} keeps its mesh by deploy: false`, async () => {
            const remedy =
                role === "standalone" ? "`pulumi state unprotect --all --stack cluster1` and " : "";
            const told = refusedBy(
                "mesh-dropped",
                "The setting deploy is false, but this stack has a live mesh. The change would delete namespace istio-system, Secret cacerts and Istio.",
                `Set deploy to true. To take the mesh down: ${remedy}\`pulumi destroy --stack cluster1\`.`,
            );
            await refused(role, live[role]!, { deploy: "false" }, told);
            for (const left of [
                { istio: "1.31.0" },
                { mesh: { cluster: "cluster1", context: "c", uid: "1" } },
            ]) {
                await refused(
                    role,
                    { ...keys[role], ...left },
                    { deploy: "false" },
                    refusedBy("mesh-dropped", "The setting deploy is false"),
                );
            }
        });

        it(`of role ${role} creates a CA alone by deploy: false if it has no mesh`, async () => {
            const stack = await run(role, keys[role]!, { deploy: "false" });
            assert.ok(!stack.resources.some(({ type }) => type.endsWith(":CaCertsSecret")));
        });

        it(`of role ${role} keeps the owner of its Istio`, async () => {
            const told = refusedBy("istio-owner-changed", "adopt", "namespace istio-system and Istio");
            await refused(role, live[role]!, { istio: "adopt" }, told);
        });

        it(`of role ${role} keeps its cluster's name`, async () => {
            const mesh = { cluster: "cluster1", context: "cluster1", uid: "1" };
            const told = refusedBy(
                "cluster-renamed",
                "The cluster's name is cluster2, but this stack holds cluster cluster1. The change would delete the key of cluster1",
            );
            await refused(role, { ...live[role], mesh }, { cluster: "cluster2" }, told);
        });

        it(`of role ${role} is refused an ambient mesh`, async () => {
            const ztunnel = { metadata: { namespace: "kube-system", name: "ztunnel" } };
            const objects = { "/apis/apps/v1/daemonsets": { items: [ztunnel] } };
            for (const preview of Object.values(runs)) {
                const registered: string[] = [];
                const asked = role === "cluster" ? keys[role]! : {};
                await assert.rejects(
                    withApiServer(objects, (kubeconfig) =>
                        run(role, asked, { kubeconfig }, { preview, registered, root: signed }),
                    ),
                    refusedBy("ambient-mesh", "cluster1", "DaemonSet kube-system/ztunnel"),
                );
                assert.ok(!registered.some((name) => name.startsWith("cacerts")));
            }
        });
    }

    it("keeps its role", async () => {
        for (const [before, outputs] of Object.entries(live)) {
            for (const role of ["root", ...roles].filter((each) => each !== before)) {
                const told = refusedBy(
                    "role-changed",
                    `The setting role is ${role}, but this stack is a live one of role ${before}.`,
                    `Set role to ${before}, and use another stack for role ${role}.`,
                );
                await refused(role, outputs, {}, told);
            }
        }
    });

    it("keeps its cluster's name before it has a mesh", async () => {
        const ca = { subject: "O=Istio, L=cluster1, CN=Intermediate CA", generation: 1 };
        for (const role of ["cluster", "standalone"]) {
            const settings = { cluster: "cluster2", deploy: "false" };
            await refused(
                role,
                { ...keys[role], ca },
                settings,
                refusedBy("cluster-renamed", "cluster2", "this stack holds cluster cluster1"),
            );
        }
    });

    describe("in a cluster", () => {
        const uid = "11111111-1111-1111-1111-111111111111";
        const other = "22222222-2222-2222-2222-222222222222";

        /** The output that a first `up` leaves of the cluster behind this kubeconfig. */
        async function noted(role: string, kubeconfig: string) {
            const { outputs } = await run(
                role,
                {},
                { kubeconfig, ...(role === "cluster" && { istio: "install" }) },
            );
            return outputs.mesh;
        }

        it("records which it is, and reports it again without asking", async () => {
            const mesh = await withApiServer(kubeSystem(uid), async (kubeconfig) => {
                const first = (await noted("standalone", kubeconfig))!;
                assert.deepEqual(
                    { ...first, server: "" },
                    { cluster: "cluster1", context: "cluster1", server: "", uid },
                );
                const stack = await run("standalone", { ...live["standalone"], mesh: first }, { kubeconfig });
                assert.deepEqual(stack.outputs.mesh, first);
                const provider = stack.find("pulumi:providers:kubernetes", "cluster1").inputs;
                assert.equal(provider["clusterIdentifier"], "cluster1");
                return first;
            });
            assert.match(mesh.server!, /^http:\/\/127\.0\.0\.1:/);
        });

        it("is found again at another address", async () => {
            const mesh = { cluster: "cluster1", context: "old", server: "https://gone.example", uid };
            await withApiServer(kubeSystem(uid), async (kubeconfig) => {
                const { outputs } = await run("standalone", { ...live["standalone"], mesh }, { kubeconfig });
                assert.equal(outputs.mesh!.uid, uid);
                assert.equal(outputs.mesh!.context, "cluster1");
            });
        });

        for (const role of roles) {
            it(`of role ${role} is not left for another`, async () => {
                const mesh = { cluster: "cluster1", context: "prod", server: "https://prod.example", uid };
                await withApiServer(kubeSystem(other), async (kubeconfig) => {
                    const told = refusedBy(
                        "other-cluster",
                        `The mesh of this stack is in cluster cluster1, context prod at https://prod.example, UID ${uid}, but context cluster1 of `,
                        /leads to another cluster at http:\/\/127\.0\.0\.1:\d+, UID 2/,
                        `\`pulumi config set clusterUid ${other} --stack cluster1\`, then \`PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up --refresh --stack cluster1\`.`,
                    );
                    await refused(role, { ...live[role], mesh }, { kubeconfig }, told);
                });
            });

            it(`of role ${role} is not replaced by one that does not answer`, async () => {
                const mesh = { cluster: "cluster1", context: "prod", uid };
                const told = refusedBy(
                    "cluster-unreadable",
                    "whether context cluster1 of none leads there cannot be seen: there is no kubeconfig none.",
                    "Set context to prod",
                );
                await refused(role, { ...live[role], mesh }, {}, told);
            });
        }

        it("that was rebuilt is taken when its UID is declared", async () => {
            const mesh = { cluster: "cluster1", context: "cluster1", server: "https://gone.example", uid };
            await withApiServer(kubeSystem(other), async (kubeconfig) => {
                const settings = { kubeconfig, clusterUid: other };
                const stack = await run("ready", { ...live["ready"], mesh }, settings);
                assert.equal(stack.outputs.mesh!.uid, other);
                const { environment } = stack.find("command:local:Command", "istio-istioctl").inputs;
                assert.equal((environment as Record<string, string>)["CLUSTER_UID"], other);
                await refused(
                    "ready",
                    { ...live["ready"], mesh },
                    { kubeconfig, clusterUid: "3" },
                    refusedBy("other-cluster", /UID .*This stack would leave/),
                );
            });
        });

        it("must be the declared one from the first up", async () => {
            await withApiServer(kubeSystem(other), async (kubeconfig) => {
                const told = refusedBy(
                    "other-cluster",
                    /The setting clusterUid is 1{8}.* leads to another cluster/,
                );
                await refused("standalone", {}, { kubeconfig, clusterUid: uid }, told);
            });
        });
    });
});

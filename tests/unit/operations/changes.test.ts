import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { settingsFrom } from "../../../config";
import type { ClusterSettings, RootSettings } from "../../../config/settings";
import { Changes } from "../../../operations/changes/changes";
import { clusterInputs, rootInputs } from "../../../stacks/inputs";
import { offerOf } from "../../../stacks/signer";
import { FakeProject } from "../support/fakeProject";
import { factsOf, testCa, TestCa, upOf } from "../support/roles";

type Values = Record<string, unknown>;

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

/** Stacks with states and histories, as pulumi prints them. */
class StandingProject extends FakeProject {
    readonly states: Record<
        string,
        { manifest: Values; resources: Values[]; pending_operations?: unknown[] }
    > = {};
    readonly histories: Record<string, Values[]> = {};
    readonly versions: Record<string, string> = { pulumi: "3.255.0", istioctl: "1.31.0" };

    override version(tool: string): Promise<string | undefined> {
        return Promise.resolve(this.versions[tool]);
    }

    override pulumi(stack: string, ...args: string[]): Promise<string> {
        const printed = args[1] === "export" ? { deployment: this.states[stack] } : this.histories[stack];
        return printed === undefined
            ? Promise.reject(new Error("no stack"))
            : Promise.resolve(JSON.stringify(printed));
    }

    /** The state and the history that a whole and successful `up` has left. */
    stand(stack: string, outputs: Values): void {
        const [start, written, end] = [
            "2026-01-01T10:00:00.000Z",
            "2026-01-01T10:00:05.789Z",
            "2026-01-01T10:00:05.000Z",
        ];
        const urn = (type: string, name: string) => `urn:pulumi:${stack}::istio-plugin-ca::${type}::${name}`;
        const resource = (type: string, name: string, more = {}) => ({ urn: urn(type, name), type, ...more });
        this.states[stack] = {
            manifest: { time: written, version: "v3.255.0" },
            resources: [
                resource("pulumi:pulumi:Stack", stack, { outputs }),
                resource("pulumi:providers:tls", "default_5_5_1"),
                resource("tls:index/privateKey:PrivateKey", "key", { protect: stack === "root" }),
            ],
        };
        this.histories[stack] = [
            {
                kind: "update",
                result: "succeeded",
                startTime: start,
                endTime: end,
                environment: { "pulumi.flag.yes": "true", "pulumi.flag.stack": "set", "exec.kind": "cli" },
                resourceChanges: { same: 1, create: 1, delete: 3 },
            },
        ];
    }

    outputsOf(stack: string): Values {
        return this.states[stack]!.resources[0]!["outputs"] as Values;
    }

    reason(stack: string): Promise<string | undefined> {
        const entry = this.stacks().find(({ name }) => name === stack)!;
        return new Changes(this).of(entry);
    }

    write(stack: string, values: Values): void {
        const settings = this.settings(stack);
        settings.replace(settings.with(values));
    }

    edit(file: string, change: (content: Values) => void): void {
        const at = path.join(this.dir, file);
        const content = this.manifest as unknown as Values;
        change(content);
        fs.writeFileSync(at, stringify(content));
    }
}

describe("A stack has nothing to do", () => {
    let ca: TestCa;
    let other: TestCa;
    let project: StandingProject;

    before(async () => {
        ca = await testCa();
        other = await testCa();
    });

    beforeEach(() => {
        const stacks = {
            root: { role: "root", clusters: ["cluster1"] },
            cluster1: { role: "cluster", deploy: false },
        };
        project = new StandingProject(stacks, () => ({}));
        standAll();
    });

    afterEach(() => project.remove());

    /** Every stack as an `up` has left it that depended on these settings and outputs. */
    function standAll(cluster: Values = {}, root: Values = {}): void {
        const rootOutputs = {
            roots: { root: factsOf(ca.root.pem) },
            trustBundle: ca.root.pem,
            retired: [],
            certificates: { cluster1: { generation: 1, pem: ca.pem, csr: ca.csr } },
            issued: {},
            withheld: [],
            ...root,
        };
        const outputs = {
            csr: { generation: 1, pem: ca.csr },
            ca: { ...factsOf(ca.pem), generation: 1 },
            files: ca.files,
            ...cluster,
        };
        const settings = (name: string) => settingsFrom(project.source(name));
        const ofCluster = settings("cluster1") as ClusterSettings;
        const offer = offerOf(ofCluster, rootOutputs);
        const inputsDigest = clusterInputs(ofCluster, offer, {});
        project.stand("cluster1", { ...outputs, inputsDigest });
        const digest = rootInputs(settings("root") as RootSettings, { cluster1: outputs }, rootOutputs);
        project.stand("root", { ...rootOutputs, inputsDigest: digest });
    }

    it("if its last up was whole and successful and depended on the same", async () => {
        assert.equal(await project.reason("cluster1"), undefined);
        assert.equal(await project.reason("root"), undefined);
    });

    it("if an `up` has succeeded after one that was killed while it created something", async () => {
        project.states["cluster1"]!.pending_operations = [{ type: "creating" }];
        assert.equal(await project.reason("cluster1"), undefined);
        project.states["cluster1"]!.manifest["time"] = "2026-01-01T11:00:00.000Z";
        assert.match((await project.reason("cluster1"))!, /not the one that its last up/);
    });

    it("by the digest that its program exports, which no preview reports as a change", async () => {
        const config = { deploy: "false" };
        const { stack } = await upOf("cluster", ca, { config });
        const { inputsDigest } = stack!.outputs;
        const settings = settingsFrom(project.source("cluster1")) as ClusterSettings;
        const signed = {
            certificates: { cluster1: { generation: 1, pem: ca.pem } },
            trustBundle: ca.root.pem,
        };
        assert.equal(inputsDigest, clusterInputs(settings, offerOf(settings, signed), {}));
        const again = await upOf("cluster", ca, { config, live: stack!.outputs, preview: true });
        assert.equal(again.stack!.outputs.inputsDigest, inputsDigest);
    });

    it("never if its program has not settled: the certificate is missing, or is for another generation", async () => {
        for (const config of [{ generation: "2" }, { caKey: "" }] as Record<string, string>[]) {
            const { stack } = await upOf("cluster", ca, { config: { deploy: "false", ...config } });
            assert.equal("inputsDigest" in stack!.outputs, "caKey" in config);
        }
        const { stack } = await upOf("cluster", ca, {
            config: { deploy: "false" },
            live: { csr: undefined },
        });
        assert.ok(!("inputsDigest" in stack!.outputs));
    });

    const state = (stack = "cluster1") => project.states[stack]!;
    const last = (stack = "cluster1") => project.histories[stack]![0]!;
    const cases: Record<string, [stack: string, change: () => void, reason: RegExp]> = {
        "has another setting": [
            "cluster1",
            () => project.write("cluster1", { keyAlgorithm: "ECDSA-P384" }),
            /depends on/,
        ],
        "has a setting of Pulumi.yaml": [
            "cluster1",
            () =>
                project.edit(
                    "Pulumi.yaml",
                    (yaml) => (yaml["config"] = { keyAlgorithm: { value: "ECDSA-P384" } }),
                ),
            /depends on/,
        ],
        "has a setting that is wrong": [
            "cluster1",
            () => project.write("cluster1", { generation: 0 }),
            /cannot be compared/,
        ],
        "has a secret setting": [
            "cluster1",
            () => project.write("cluster1", { trustDomain: { secure: "v1:aa" } }),
            /depends on/,
        ],
        "got another certificate": [
            "cluster1",
            () =>
                (project.outputsOf("root")["certificates"] = { cluster1: { generation: 1, pem: other.pem } }),
            /depends on/,
        ],
        "got another trust bundle": [
            "cluster1",
            () => (project.outputsOf("root")["trustBundle"] = ca.root.pem + other.root.pem),
            /depends on/,
        ],
        "got CRLs": ["cluster1", () => (project.outputsOf("root")["crls"] = "list"), /depends on/],
        "is signed by a stack that is gone": [
            "cluster1",
            () => delete project.states["root"],
            /cannot be compared/,
        ],
        "is asked by another key": [
            "root",
            () => (project.outputsOf("cluster1")["csr"] = { generation: 2, pem: other.csr }),
            /depends on/,
        ],
        "signs for one cluster more": [
            "root",
            () => project.write("root", { clusters: ["cluster1", "two"] }),
            /cannot be compared/,
        ],
        "signs for a cluster that trusts a root that it does not know": [
            "root",
            () => {
                const { files } = ca;
                const roots = files["root-cert.pem"] + other.root.pem;
                project.outputsOf("cluster1")["files"] = { ...files, "root-cert.pem": roots };
            },
            /depends on/,
        ],
        "was destroyed": ["cluster1", () => (state().resources = []), /does not say/],
        "was never brought up": ["cluster1", () => delete project.states["cluster1"], /cannot be compared/],
        "was brought up by an earlier version": [
            "cluster1",
            () => delete project.outputsOf("cluster1")["inputsDigest"],
            /does not say/,
        ],
        "was brought up by another pulumi": [
            "cluster1",
            () => (project.versions["pulumi"] = "3.300.0"),
            /version of pulumi/,
        ],
        "was interrupted": [
            "cluster1",
            () => (state().pending_operations = [{ type: "updating" }]),
            /interrupted/,
        ],
        "has a resource to delete": [
            "cluster1",
            () => (state().resources[2]!["delete"] = true),
            /interrupted/,
        ],
        "has a tainted resource": ["cluster1", () => (state().resources[2]!["taint"] = true), /interrupted/],
        "failed last time": ["cluster1", () => (last()["result"] = "failed"), /an up that failed/],
        "was refreshed": ["cluster1", () => (last()["kind"] = "refresh"), /a refresh that changed its state/],
        "was destroyed in part": ["cluster1", () => (last()["kind"] = "destroy"), /a destroy/],
        "was brought up in part": [
            "cluster1",
            () => (last()["environment"] = { "pulumi.flag.target": "set" }),
            /option --target/,
        ],
        "was brought up with other settings": [
            "cluster1",
            () => (last()["environment"] = { "pulumi.flag.config-file": "set" }),
            /option --config-file/,
        ],
        "has no history": ["cluster1", () => (project.histories["cluster1"] = []), /empty/],
        "was killed afterwards": [
            "cluster1",
            () => (state().manifest["time"] = "2026-01-01T11:00:00.000Z"),
            /not the one that its last up/,
        ],
        "was restored from a backup": [
            "cluster1",
            () => (state().manifest["time"] = "2025-12-31T10:00:00.000Z"),
            /not the one that its last up/,
        ],
        "lost a resource": ["cluster1", () => state().resources.pop(), /not the one that its last up/],
        "lost its protection": [
            "root",
            () => (state("root").resources[2]!["protect"] = false),
            /not protected/,
        ],
        "refreshes itself": [
            "cluster1",
            () => project.edit("Pulumi.yaml", (yaml) => (yaml["options"] = { refresh: "always" })),
            /looks at the cluster first/,
        ],
        "has a certificate due to be renewed": [
            "root",
            () => {
                const certificate = { generation: 1, pem: ca.pem, csr: ca.csr, renewFrom: inDays(-1) };
                standAll({}, { certificates: { cluster1: certificate } });
            },
            /cluster1 is due to be renewed/,
        ],
        "has a certificate of its own due to be renewed": [
            "cluster1",
            () => standAll({ ca: { ...factsOf(ca.pem), generation: 1, renewFrom: inDays(-1) } }),
            /due to be renewed/,
        ],
        "issued a certificate that has expired since": [
            "root",
            () => standAll({}, { issued: { aa: { notAfter: inDays(-1) } } }),
            /has expired/,
        ],
        "has a root that expires soon": [
            "root",
            () =>
                standAll(
                    {},
                    {
                        roots: {
                            root: { ...factsOf(ca.root.pem), notBefore: inDays(-3630), notAfter: inDays(20) },
                        },
                    },
                ),
            /root root expires soon/,
        ],
    };

    for (const [name, [stack, change, reason]] of Object.entries(cases)) {
        it(`unless it ${name}`, async () => {
            change();
            assert.match((await project.reason(stack)) ?? "nothing", reason);
        });
    }

    it("unless a certificate that is plugged in has expired", async () => {
        const valid = ca;
        ca = await testCa(undefined, 400);
        standAll();
        ca = valid;
        assert.match((await project.reason("cluster1"))!, /expires soon/);
    });

    it("unless Pulumi ESC gives it settings", async () => {
        const file = path.join(project.dir, "stacks", "Pulumi.cluster1.yaml");
        fs.appendFileSync(file, "environment: [shared]\n");
        assert.match((await project.reason("cluster1"))!, /settings from elsewhere/);
    });

    it("in a mesh, unless its kubeconfig leads elsewhere or istioctl is another", async () => {
        const kubeconfig = path.join(project.dir, "kubeconfig");
        const write = (server: string) =>
            fs.writeFileSync(
                kubeconfig,
                stringify({
                    clusters: [{ name: "c", cluster: { server } }],
                    contexts: [{ name: "one", context: { cluster: "c" } }],
                }),
            );
        write("https://one");
        project.write("cluster1", { deploy: undefined, context: "one", kubeconfig });
        standAll({
            istio: "1.31.0",
            mesh: { cluster: "cluster1", context: "one", server: "https://one", uid: "1" },
        });
        assert.equal(await project.reason("cluster1"), undefined);
        project.versions["istioctl"] = "1.32.0";
        assert.match((await project.reason("cluster1"))!, /istioctl is of another version/);
        write("https://two");
        assert.match((await project.reason("cluster1"))!, /another cluster/);
    });
});

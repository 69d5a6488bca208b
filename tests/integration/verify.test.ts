import * as assert from "node:assert/strict";
import {
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
    KubeConfig,
    PatchStrategy,
    setHeaderOptions,
    V1Container,
    V1PodSpec,
} from "@kubernetes/client-node";
import { execa } from "execa";
import * as clusters from "../../local/clusters";
import { until } from "../../local/clusters/until";
import { kubeconfigPath, projectDir, typescript } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { caCertFile, caCertsSecretName, rootCertFile } from "../../pki/caFiles";
import { found } from "../../kube/apiError";
import { VerificationInput } from "../../verify/input";
import { Report } from "../../verify/report";
import { makeCa } from "../unit/verify/certificates";
import { freshClusters, freshProject, kubectl, pulumi } from "./fixture";
import { proxyProcess } from "./processes";

/** The cluster, and the stack that makes its mesh. */
const context = "verify";
const namespace = "foo";
const editedNamespace = "verify-edited";

const limitWhereItFails = 3;
const proxiesCheck = "proxies: trust bundle and CA";

describe("verify on a real mesh", function () {
    this.timeout(120_000);

    const config = new KubeConfig();
    let core: CoreV1Api;
    let input: VerificationInput;

    before(async function () {
        this.timeout("15m");
        await freshClusters([context]);
        const stack = onLocalCluster(context, { role: "standalone", verification: false });
        const project = await freshProject(context, { [context]: stack });
        await pulumi(project, context, "stack", "init");
        const { exitCode, output } = await pulumi(project, context, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        config.loadFromFile(kubeconfigPath);
        config.setCurrentContext(context);
        core = config.makeApiClient(CoreV1Api);
        const { data } = await core.readNamespacedSecret({
            namespace: "istio-system",
            name: caCertsSecretName,
        });
        const file = (name: string) => Buffer.from(data![name]!, "base64").toString();
        input = {
            kubeconfig: kubeconfigPath,
            context,
            rootCert: file(rootCertFile),
            caCert: file(caCertFile),
        };
    });

    afterEach(async () => {
        assert.deepEqual(await probePods(), []);
    });

    after(() => clusters.down([context]));

    it("passes, twice with the same summary", async () => {
        const [first, second] = [await verify(input), await verify(input)];
        assert.deepEqual([first.exitCode, first.failed], [0, []]);
        assert.deepEqual(first.report.summary, second.report.summary);
        assert.deepEqual(Object.keys(first.report.certificates).sort(), [
            "ca",
            "httpbin",
            "istiod",
            "root",
            "sleep",
        ]);
    });

    it("prints a table within 110 columns", async () => {
        const { exitCode, stdout } = await start({ ...input }, []);
        assert.equal(exitCode, 0);
        assert.ok(stdout.split("\n").every((line) => line.length <= 110));
        assert.match(stdout, /^passed: \d+ checks$/m);
    });

    it("fails if another root of the same name is expected, and says in words what it saw", async () => {
        const { certificate } = await makeCa("Root CA");
        const result = await verify({
            ...input,
            rootCert: certificate.pem,
            limitSeconds: limitWhereItFails,
        });
        assert.equal(result.exitCode, 1);
        assert.deepEqual(result.failed, [
            "istiod: verifies with the root alone",
            "Secret cacerts: root-cert.pem",
            "proxies: trust bundle and CA",
            "ConfigMaps istio-ca-root-cert = root-cert.pem",
            ...["httpbin", "sleep"].flatMap((workload) => [
                `${workload}: chain`,
                `${workload}: root = root-cert.pem`,
                `${workload}: verifies with the root alone`,
            ]),
        ]);
        assert.match(result.stderr, /^FAILED: 10 of \d+ checks$/m);
    });

    it("fails if another intermediate is expected", async () => {
        const { certificate } = await makeCa("Intermediate CA");
        const result = await verify({
            ...input,
            caCert: certificate.pem,
            limitSeconds: limitWhereItFails,
        });
        assert.equal(result.exitCode, 1);
        const failing = [
            "istiod: signed by the plugged-in CA",
            "Secret cacerts: ca-cert.pem",
            "proxies: trust bundle and CA",
        ];
        const ofWorkloads = ["httpbin", "sleep"].flatMap((each) => [
            `${each}: chain`,
            `${each}: CA = ca-cert.pem`,
        ]);
        assert.deepEqual(result.failed, [...failing, ...ofWorkloads]);
    });

    it("fails if the trust domain is another", async () => {
        const result = await verify({
            ...input,
            trustDomain: "example.org",
            limitSeconds: limitWhereItFails,
        });
        assert.deepEqual(result.failed, [
            "httpbin: SPIFFE identity",
            "sleep: SPIFFE identity",
            "sleep -> httpbin: client identity over mTLS",
        ]);
    });

    it("fails while the mesh accepts plaintext, and recovers", async () => {
        await setMtlsMode("PERMISSIVE");
        try {
            const result = await untilFailed("refused: plaintext from outside the mesh");
            assert.equal(result.exitCode, 1);
            const plaintext = result.report.checks.find(({ name }) => name.startsWith("refused: plaintext"));
            assert.equal(plaintext!.observed, "answered: HTTP status 200");
        } finally {
            await setMtlsMode("STRICT");
        }
        assert.deepEqual((await verify(input)).failed, []);
    });

    it("fails while a namespace holds another root", async () => {
        await core.createNamespace({ body: { metadata: { name: editedNamespace } } });
        try {
            const { certificate } = await makeCa("Root CA");
            await pinConfigMap(certificate.pem);
            const result = await verify({ ...input, limitSeconds: limitWhereItFails });
            assert.deepEqual(result.failed, ["ConfigMaps istio-ca-root-cert = root-cert.pem"]);
            assert.match(result.stderr, /verify-edited: [0-9a-f:]{23}/);
        } finally {
            await core.deleteNamespace({ name: editedNamespace });
        }
    });

    it("verifies istiod alone if there are no workloads, and says so", async () => {
        const { exitCode, report } = await verify({ ...input, workloadNamespace: "default" });
        assert.equal(exitCode, 0);
        assert.deepEqual(report.skipped, ["httpbin and sleep: none in namespace default"]);
        const required = { ...input, workloadNamespace: "default", workloads: true, limitSeconds: 1 };
        assert.deepEqual((await verify(required)).failed, ["workloads: ready"]);
    });

    it("names a proxy that hangs, and passes if the setting leaves it out", async () => {
        const envoy = await proxyProcess(context, "istio-system/istio-ingressgateway", "envoy");
        process.kill(envoy, "SIGSTOP");
        try {
            const result = await verify({ ...input, limitSeconds: 5 });
            assert.deepEqual(result.failed, [proxiesCheck]);
            assert.match(
                observed(result.report),
                /^istio-system\/istio-ingressgateway-\S+ does not answer: no answer within 10 s; .*verificationExclude$/,
            );
            const left = await verify({ ...input, exclude: ["istio-system/istio-ingressgateway-*"] });
            assert.deepEqual(left.failed, []);
            assert.equal(observed(left.report), "by all 3");
            assert.match(
                left.report.skipped.join("\n"),
                /^proxies left out: 1, .* istio-system\/istio-ingressgateway-\*, .*: istio-system\/istio-ingressgateway-\S+$/,
            );
        } finally {
            process.kill(envoy, "SIGCONT");
        }
    });

    it("distinguishes what cannot answer, and names what it does not look at", async () => {
        const { image } = await sleepContainer();
        const never = { nodeSelector: { "kubernetes.io/os": "none" } };
        const notReady = { exec: { command: ["false"] } };
        const pod = (name: string, spec: Partial<V1PodSpec>, container: Partial<V1Container> = {}) => ({
            metadata: { name, labels: { "sidecar.istio.io/inject": "false" } },
            spec: {
                terminationGracePeriodSeconds: 0,
                ...spec,
                containers: [{ name: "istio-proxy", image, command: ["sleep", "600"], ...container }],
            },
        });
        const pods = [
            pod("dead", {}, { readinessProbe: notReady }),
            pod("crashing", {}, { command: ["false"] }),
            pod("unscheduled", never),
            pod("ztunnel", {}, { command: ["sh", "-c", "sleep 600"], args: ["ztunnel"] }),
            pod("grpc", {}, { env: [{ name: "ISTIO_META_GENERATOR", value: "grpc" }] }),
            pod("lost", { nodeName: "gone" }),
        ];
        const where = { namespace: "default" };
        try {
            await Promise.all(pods.map((body) => core.createNamespacedPod({ ...where, body })));
            await runsOnTheGoneNode("lost");
            await makeUnseen();
            await untilStates({
                dead: "running",
                crashing: "CrashLoopBackOff",
                ztunnel: "running",
                grpc: "running",
            });
            const { failed, report } = await verify({ ...input, limitSeconds: 5 });
            assert.deepEqual(failed, [proxiesCheck]);
            assert.match(
                observed(report),
                /^default\/dead does not answer: .*connect.*15000.*; the pod is not ready; fix or delete/,
            );
            const remedied = await verify({ ...input, exclude: ["default/dead"] });
            assert.deepEqual(remedied.failed, []);
            assert.equal(observed(remedied.report), "by all 4");
            const lines = remedied.report.skipped.join("\n");
            for (const line of [
                /^proxies left out: 1, .* default\/dead, .*: default\/dead$/m,
                /^proxies not running: 1, (CrashLoopBackOff|Error); .*: default\/crashing$/m,
                /^proxies not running: 1, not scheduled; .*: default\/unscheduled$/m,
                /^proxies on nodes that are gone: 1, node gone: default\/lost$/m,
                /^ztunnel: 1, not Envoy, .*: default\/ztunnel$/m,
                /^proxyless gRPC: 1, .*: default\/grpc$/m,
                /^VMs: 1 WorkloadEntries, such as default\/vm; /m,
                /^other clusters: 1 Secrets with .*, such as istio-system\/istio-remote-secret-far; /m,
            ]) {
                assert.match(lines, line);
            }
            assert.equal(remedied.report.skipped.length, 8, lines);
        } finally {
            const names = pods.map(({ metadata }) => metadata.name);
            await Promise.all(
                names.map((name) =>
                    found(core.deleteNamespacedPod({ ...where, name, gracePeriodSeconds: 0 })),
                ),
            );
            await kubectl(context, "delete", "workloadentry/vm", "-n", "default", "--ignore-not-found");
            const secret = ["-n", "istio-system", "secret/istio-remote-secret-far"];
            await kubectl(context, "delete", ...secret, "--ignore-not-found");
        }
    });

    it("deletes its pod when it is asked to end", async () => {
        const { certificate } = await makeCa("Root CA");
        const process = start({ ...input, rootCert: certificate.pem, limitSeconds: 60 }, ["--json"]);
        while ((await probePods()).length === 0) {
            // Listing the pods takes as long as a poll should.
        }
        process.kill("SIGTERM");
        const { exitCode, stderr } = await process;
        assert.deepEqual([exitCode, stderr], [2, "Cannot verify the mesh: ended by SIGTERM"]);
    });

    it("says in one sentence why it cannot verify", async () => {
        const { exitCode, stderr } = await start({ ...input, context: "cluster99" }, []);
        assert.equal(exitCode, 2);
        assert.match(
            stderr,
            /^Cannot verify the mesh: the kubeconfig has no context "cluster99": it has [^\n]+$/,
        );
        assert.match(stderr, new RegExp(`[ ,]${context}(,|$)`));
    });

    async function probePods(): Promise<string[]> {
        const labelSelector = "app.kubernetes.io/name=mesh-verification";
        const { items } = await core.listNamespacedPod({ namespace, labelSelector });
        return items.map(({ metadata }) => metadata!.name!);
    }

    async function sleepContainer(): Promise<V1Container> {
        const { spec } = await config
            .makeApiClient(AppsV1Api)
            .readNamespacedDeployment({ namespace, name: "sleep" });
        return spec!.template.spec!.containers[0]!;
    }

    /** As a pod looks whose node was deleted. */
    async function runsOnTheGoneNode(name: string) {
        const containerStatuses = [
            {
                name: "istio-proxy",
                image: "",
                imageID: "",
                ready: true,
                restartCount: 0,
                state: { running: {} },
            },
        ];
        const body = { status: { phase: "Running", containerStatuses } };
        const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
        await core.patchNamespacedPodStatus({ namespace: "default", name, body }, options);
    }

    /** A virtual machine, and a cluster that istiod reads. */
    async function makeUnseen() {
        const entry = {
            apiVersion: "networking.istio.io/v1",
            kind: "WorkloadEntry",
            spec: { address: "192.0.2.1" },
        };
        await config.makeApiClient(CustomObjectsApi).createNamespacedCustomObject({
            group: "networking.istio.io",
            version: "v1",
            namespace: "default",
            plural: "workloadentries",
            body: { ...entry, metadata: { name: "vm" } },
        });
        const labels = { "istio/multiCluster": "true" };
        const body = { metadata: { name: "istio-remote-secret-far", labels } };
        await core.createNamespacedSecret({ namespace: "istio-system", body });
    }

    /** Each of these pods' containers runs, or waits for the reason that is given. */
    async function untilStates(states: Record<string, string>) {
        const missing = async () => {
            const { items } = await core.listNamespacedPod({ namespace: "default" });
            const stateOf = (name: string) => {
                const status = items.find(({ metadata }) => metadata!.name === name)?.status;
                const { running, waiting } = status?.containerStatuses?.[0]?.state ?? {};
                return running ? "running" : waiting?.reason;
            };
            return Object.entries(states).find(([name, state]) => stateOf(name) !== state)?.[0];
        };
        await until("states of pods", missing, { limit: 60_000 });
    }

    async function setMtlsMode(mode: string) {
        const body = { spec: { mtls: { mode } } };
        const kind = { group: "security.istio.io", version: "v1", namespace, plural: "peerauthentications" };
        const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
        const objects = config.makeApiClient(CustomObjectsApi);
        await objects.patchNamespacedCustomObject({ ...kind, name: "default", body }, options);
    }

    /** The sidecar receives a changed policy a moment later. */
    async function untilFailed(check: string) {
        for (;;) {
            const result = await verify({ ...input, limitSeconds: limitWhereItFails });
            if (result.failed.includes(check)) {
                return result;
            }
        }
    }

    /** Immutable, so that istiod cannot correct it. */
    async function pinConfigMap(rootCert: string) {
        const name = "istio-ca-root-cert";
        const target = { name, namespace: editedNamespace };
        while (!(await found(core.readNamespacedConfigMap(target)))) {
            // istiod creates it within moments.
        }
        const body = { metadata: target, immutable: true, data: { [rootCertFile]: rootCert } };
        await core.replaceNamespacedConfigMap({ ...target, body });
    }
});

function observed({ checks }: Report): string {
    return checks.find(({ name }) => name === proxiesCheck)!.observed;
}

async function verify(input: VerificationInput) {
    const { exitCode, stdout, stderr } = await start(input, ["--json"]);
    assert.notEqual(exitCode, 2, stderr);
    const report = JSON.parse(stdout) as Report;
    return { exitCode, stderr, report, failed: report.summary.failed };
}

function start(input: VerificationInput, options: string[]) {
    const args = ["--require", typescript, "verify/main.ts", ...options];
    const env = { VERIFY_INPUT: JSON.stringify(input) };
    return execa(process.execPath, args, { cwd: projectDir, env, reject: false });
}

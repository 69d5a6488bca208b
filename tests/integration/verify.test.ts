import * as assert from "node:assert/strict";
import {
    CoreV1Api,
    CustomObjectsApi,
    KubeConfig,
    PatchStrategy,
    setHeaderOptions,
} from "@kubernetes/client-node";
import { execa } from "execa";
import * as clusters from "../../local/clusters";
import { kubeconfigPath, projectDir } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { caCertFile, caCertsSecretName, rootCertFile } from "../../pki/bundle";
import { found } from "../../verify/apiError";
import { VerificationInput } from "../../verify/input";
import { Report } from "../../verify/report";
import { makeCa } from "../unit/verify/certificates";
import { freshClusters, freshProject, pulumi } from "./fixture";

/** The cluster, and the stack that makes its mesh. */
const context = "verify";
const namespace = "foo";
const editedNamespace = "verify-edited";

const limitWhereItFails = 3;

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

    it("fails where another root of the same name is expected, and says in words what it saw", async () => {
        const { certificate } = await makeCa("Root CA");
        const result = await verify({
            ...input,
            rootCert: certificate.toString(),
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

    it("fails where another intermediate is expected", async () => {
        const { certificate } = await makeCa("Intermediate CA");
        const result = await verify({
            ...input,
            caCert: certificate.toString(),
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

    it("fails where the trust domain is another", async () => {
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

    it("fails while the mesh takes plaintext, and recovers", async () => {
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
            await pinConfigMap(certificate.toString());
            const result = await verify({ ...input, limitSeconds: limitWhereItFails });
            assert.deepEqual(result.failed, ["ConfigMaps istio-ca-root-cert = root-cert.pem"]);
            assert.match(result.stderr, /verify-edited: [0-9a-f:]{23}/);
        } finally {
            await core.deleteNamespace({ name: editedNamespace });
        }
    });

    it("verifies istiod alone where there are no workloads, and says so", async () => {
        const { exitCode, report } = await verify({ ...input, workloadNamespace: "default" });
        assert.equal(exitCode, 0);
        assert.deepEqual(report.skipped, ["httpbin and sleep: none in namespace default"]);
        const required = { ...input, workloadNamespace: "default", workloads: true, limitSeconds: 1 };
        assert.deepEqual((await verify(required)).failed, ["workloads: ready"]);
    });

    it("deletes its pod when it is told to end", async () => {
        const { certificate } = await makeCa("Root CA");
        const process = start({ ...input, rootCert: certificate.toString(), limitSeconds: 60 }, ["--json"]);
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

    async function setMtlsMode(mode: string) {
        const body = { spec: { mtls: { mode } } };
        const kind = { group: "security.istio.io", version: "v1", namespace, plural: "peerauthentications" };
        const options = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
        const objects = config.makeApiClient(CustomObjectsApi);
        await objects.patchNamespacedCustomObject({ ...kind, name: "default", body }, options);
    }

    /** The sidecar hears of a changed policy a moment later. */
    async function untilFailed(check: string) {
        for (;;) {
            const result = await verify({ ...input, limitSeconds: limitWhereItFails });
            if (result.failed.includes(check)) {
                return result;
            }
        }
    }

    /** Immutable, so that istiod cannot set it right. */
    async function pinConfigMap(rootCert: string) {
        const name = "istio-ca-root-cert";
        const target = { name, namespace: editedNamespace };
        while (!(await found(core.readNamespacedConfigMap(target)))) {
            // istiod makes it within moments.
        }
        const body = { metadata: target, immutable: true, data: { [rootCertFile]: rootCert } };
        await core.replaceNamespacedConfigMap({ ...target, body });
    }
});

async function verify(input: VerificationInput) {
    const { exitCode, stdout, stderr } = await start(input, ["--json"]);
    assert.notEqual(exitCode, 2, stderr);
    const report = JSON.parse(stdout) as Report;
    return { exitCode, stderr, report, failed: report.summary.failed };
}

function start(input: VerificationInput, options: string[]) {
    const args = ["--require", "sucrase/register/ts", "verify/main.ts", ...options];
    const env = { VERIFY_INPUT: JSON.stringify(input) };
    return execa(process.execPath, args, { cwd: projectDir, env, reject: false });
}
